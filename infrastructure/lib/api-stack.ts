// ApiStack: the front door. Its function, and the HTTP API before it.
import type { Construct } from 'constructs';

import { ApiFunction } from './api-function.ts';
import { requireHandler } from './handlers.ts';
import { HttpFrontDoor } from './http-front-door.ts';
import { PipelineStack, type PipelineStackProps } from './pipeline-stack.ts';
import type { SharedStack } from './shared-stack.ts';

export interface ApiStackProps extends PipelineStackProps {
  readonly shared: SharedStack;
}

export class ApiStack extends PipelineStack {
  readonly function: ApiFunction;
  readonly frontDoor: HttpFrontDoor;

  constructor(scope: Construct, part: 'Api', props: ApiStackProps) {
    super(scope, part, { ...props, description: 'Taskline: takes tasks over HTTPS' });
    this.function = new ApiFunction(this, 'Function', { ...props, key: this.key });
    this.frontDoor = new HttpFrontDoor(this, 'FrontDoor', { ...props, key: this.key, function: this.function });
    // Deployed before the processor's, so that an update which does not say it changes neither.
    requireHandler(this, props);
  }
}
