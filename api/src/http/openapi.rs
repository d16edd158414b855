//! The OpenAPI 3.1 document of the routes.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        HeaderBuilder, ObjectBuilder, PathItem, RefOr, Required, Type,
        path::{Operation, ParameterIn},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{delete, get, post};

#[derive(OpenApi)]
#[openapi(info(
    title = "Taskline",
    description = "Takes tasks and handles them one at a time, in exactly the order in which they were accepted.",
    contact(name = "The operator of this pipeline"),
), servers((url = "/", description = "The pipeline that served this document")),
tags((name = "tasks", description = "Submit tasks, get their status, cancel them")),
paths(post::post_task, get::get_task, delete::delete_task), modifiers(&EveryOperation))]
struct Document;

/// The OpenAPI document as JSON.
pub fn openapi() -> String {
    Document::openapi().to_json().unwrap_or_default()
}

/// Adds what all operations have in common.
struct EveryOperation;

impl Modify for EveryOperation {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
            "A token with the permission that the operation's description names. A pipeline on one machine requires a \
             token only if it was started with an issuer. A pipeline deployed with `auth=iam` requires requests signed \
             with AWS credentials instead.",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            for parameter in operation.parameters.iter_mut().flatten() {
                // Declared as an `Option`, it could also be null, which neither a header nor a query can.
                if let RefOr::T(parameter) = parameter
                    && parameter.parameter_in != ParameterIn::Path
                {
                    parameter.required = Required::False;
                }
            }
            document_no_store(operation);
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.patch, &mut path.delete].into_iter().flatten()
}

/// The header that [`crate::no_store`] sets. Responses without a body come from the gateway or the authorizer, without it.
fn document_no_store(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response
            && !response.content.is_empty()
        {
            let value = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["no-store"]));
            let header =
                HeaderBuilder::new().schema(Some(value)).description(Some("No cache may store the response"));
            response.headers.insert("Cache-Control".to_owned(), RefOr::T(header.build()));
        }
    }
}
