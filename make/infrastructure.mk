# The CDK stacks, and the functions as they are shipped.

.PHONY: stacks cfn-lint functions

stacks: infrastructure/$(NPM) ## check types, lints and tests of the CDK stacks
	cd infrastructure && npm run build && npm run lint && npm test

cfn-lint: stacks target/cfn-lint/.installed ## check the templates of every kind of deployment by CloudFormation's schemas
	target/cfn-lint/bin/cfn-lint --config-file tests/cfn-lint/cfn-lint.yaml -- infrastructure/cdk.out/variants/*/*.template.json

# For this machine's own processor; `npm run deploy` builds them for Lambda. Each is built alone, as there: together, each would
# have what only the other needs.
functions: ## build the Lambda functions as they are shipped, and a processor whose handler fails on demand
	$(CARGO) build --profile lambda --locked --package taskline-api --features lambda --bin api
	$(CARGO) build --profile lambda --locked --package taskline-processor --features lambda --bin processor --example faulty_handler
	$(CARGO) build --profile lambda --locked --package taskline-watch --features lambda --bin watch
	install -D $(TARGET)/lambda/api $(TARGET)/shipped/api/bootstrap
	install -D $(TARGET)/lambda/processor $(TARGET)/shipped/processor/bootstrap
	install -D $(TARGET)/lambda/watch $(TARGET)/shipped/watch/bootstrap
	install -D $(TARGET)/lambda/examples/faulty_handler $(TARGET)/shipped/own-handler/bootstrap
