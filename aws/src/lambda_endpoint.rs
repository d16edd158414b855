//! The endpoint of Lambda in a Region.

use std::error::Error;

use aws_config::{Region, SdkConfig};
use aws_sdk_sqs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};

use crate::endpoint::endpoint;

/// The configured endpoint, or that of the Region. Lambda's has the same domain as that of SQS, whose rules are part of
/// every program; a test compares the result with the rules of the SDK's client for Lambda.
pub(crate) async fn resolve(
    configuration: &SdkConfig,
    region: Option<&Region>,
) -> Result<String, Box<dyn Error + Send + Sync>> {
    if let Some(configured) = endpoint(configuration, "Lambda") {
        return Ok(configured);
    }
    let parameters = Params::builder()
        .set_region(region.map(Region::to_string))
        .set_use_dual_stack(configuration.use_dual_stack())
        .build()?;
    let sqs = DefaultResolver::new().resolve_endpoint(&parameters).await?;
    let domain = sqs.url().strip_prefix("https://sqs.").ok_or("the endpoint of SQS has another form")?;
    let service = if configuration.use_fips() == Some(true) { "lambda-fips" } else { "lambda" };
    Ok(format!("https://{service}.{domain}"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::config::endpoint::{
        DefaultResolver as RulesOfLambda, Params as ParamsOfLambda, ResolveEndpoint as _,
    };

    use super::*;

    async fn by_the_sdk(region: &str, fips: bool, dual_stack: bool) -> Option<String> {
        let parameters = ParamsOfLambda::builder().region(region).use_fips(fips).use_dual_stack(dual_stack);
        let endpoint = RulesOfLambda::new().resolve_endpoint(&parameters.build().unwrap()).await;
        Some(endpoint.ok()?.url().to_owned())
    }

    #[tokio::test]
    async fn the_endpoint_of_each_partition_equals_that_of_the_sdk() {
        let regions = [
            "eu-central-1",
            "us-east-1",
            "us-gov-west-1",
            "us-gov-east-1",
            "cn-north-1",
            "us-iso-east-1",
            "us-isob-east-1",
            "eusc-de-east-1",
            "ap-southeast-7",
        ];
        let mut compared = 0;
        for region in regions {
            for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                let configuration = SdkConfig::builder().use_fips(fips).use_dual_stack(dual_stack).build();
                // Some partitions have no such endpoints.
                let Some(expected) = by_the_sdk(region, fips, dual_stack).await else { continue };
                let resolved = resolve(&configuration, Some(&Region::new(region))).await.unwrap();
                assert_eq!(resolved, expected, "{region}, FIPS {fips}, dual-stack {dual_stack}");
                compared += 1;
            }
        }
        assert!(compared >= 2 * regions.len(), "{compared}");
    }

    #[tokio::test]
    async fn a_configured_endpoint_comes_first() {
        let configuration = SdkConfig::builder().endpoint_url("http://127.0.0.1:4566").build();
        assert_eq!(resolve(&configuration, None).await.unwrap(), "http://127.0.0.1:4566");
    }
}
