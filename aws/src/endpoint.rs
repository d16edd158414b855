//! The configured endpoint of a service.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// The endpoint URL that is configured for a service, if any.
pub(crate) fn endpoint(configuration: &SdkConfig, service_id: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    let for_service = configuration.service_config().and_then(|services| services.load_config(key));
    for_service.or_else(|| configuration.endpoint_url().map(str::to_owned))
}
