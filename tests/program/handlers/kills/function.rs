//! A documented Lambda function on the emulator, with the bank of a test.

use harness::{Ministack, endpoint, taskline::http};
use serde_json::json;

use super::super::{
    functions::{create_function, create_table},
    language::Handlers,
};
use crate::request::wait;

pub struct Function {
    pub name: String,
    pub endpoint: &'static str,
}

impl Function {
    pub fn create(handlers: &Handlers, bank_port: u16) -> Self {
        let name = format!("at-bank-{bank_port}");
        wait(async {
            create_table(&name).await;
            create_function(handlers, &name, json!({"TABLE": name, "BANK_PORT": bank_port.to_string()}))
                .await;
            let endpoint = endpoint::<Ministack>().await;
            Self { name, endpoint }
        })
    }

    fn aliases(&self) -> String {
        format!("{}/2015-03-31/functions/{}/aliases", self.endpoint, self.name)
    }

    /// From now on, an invocation by the alias finds no function.
    pub fn delete_alias(&self) {
        let deleted = wait(http().delete(format!("{}/live", self.aliases())).send()).unwrap();
        assert_eq!(deleted.status(), 204);
    }

    pub fn create_alias(&self) {
        let alias = json!({"Name": "live", "FunctionVersion": "1"});
        let created = wait(http().post(self.aliases()).body(alias.to_string()).send()).unwrap();
        assert_eq!(created.status(), 201);
    }
}
