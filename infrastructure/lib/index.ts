// What the package exports to other CDK apps.
export { Pipeline, type PipelineProps } from './pipeline.ts';
export { InvalidSetting } from './settings/setting.ts';
export type { Settings } from './settings/table.ts';
