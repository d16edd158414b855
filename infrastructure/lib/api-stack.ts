// ApiStack: the HTTP API and its function.
import type { Construct } from 'constructs';

import { ApiFunction } from './api-function.ts';
import { requireHandler } from './handlers.ts';
import { TaskApi } from './task-api.ts';
import { PipelineStack, type PipelineStackProps } from './pipeline-stack.ts';
import type { SharedStack } from './shared-stack.ts';

export interface ApiStackProps extends PipelineStackProps {
  readonly shared: SharedStack;
}

export class ApiStack extends PipelineStack {
  readonly function: ApiFunction;
  readonly taskApi: TaskApi;

  constructor(scope: Construct, part: 'Api', props: ApiStackProps) {
    super(scope, part, { ...props, description: 'Taskline: takes tasks over HTTPS' });
    this.function = new ApiFunction(this, 'Function', { ...props, key: this.key });
    this.taskApi = new TaskApi(this, 'TaskApi', { ...props, key: this.key, function: this.function });
    // Deployed before the processor's stack, so that an update without this setting changes neither.
    requireHandler(this, props);
  }
}
