//! What the API's description says of all operations alike.

use utoipa::{
    Modify,
    openapi::{
        HeaderBuilder, ObjectBuilder, OpenApi, PathItem, RefOr, Required, Type,
        path::{Operation, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

pub(crate) struct OfEveryOperation;

impl Modify for OfEveryOperation {
    fn modify(&self, document: &mut OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
            "A token with the permission that the operation's description names. A pipeline on one machine asks for none \
             unless it was started to. One that was deployed with `auth=iam` asks for a request signed with AWS \
             credentials instead.",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            for parameter in operation.parameters.iter_mut().flatten() {
                // Said of its type instead (`Option`), a header could also be null, which no header can.
                if let RefOr::T(header) = parameter
                    && header.parameter_in == ParameterIn::Header
                {
                    header.required = Required::False;
                }
            }
            document_no_store(operation);
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// As `no_store` sets it. An answer without a body is the gateway's own, or the authorizer's.
fn document_no_store(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && !response.content.is_empty()
        {
            let value = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["no-store"]));
            let header = HeaderBuilder::new().schema(Some(value)).description(Some("No cache keeps it"));
            response.headers.insert("Cache-Control".to_owned(), RefOr::T(header.build()));
        }
    }
}
