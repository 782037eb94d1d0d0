/** The component library: what a program imports. */
export {
    type AgentServiceNames,
    type AgentServiceNodes,
    StoryAgentService,
    type StoryAgentServiceArgs,
} from "./agentService/index.ts";
export type { NightStop } from "./agentService/scaling.ts";
export type { Sidecar, TaskFileSystem, TaskImage, TaskSecret } from "./agentService/task.ts";
export type { ApiDomain, ApiKey } from "./api/access.ts";
export { type ApiNodes, isStreamed, StoryApi, type StoryApiArgs } from "./api/index.ts";
export type { ApiFunction, ApiOperation } from "./api/methods.ts";
export { type AuthNodes, type OAuthClient, StoryAuth, type StoryAuthArgs } from "./auth.ts";
export { ArgumentError } from "./core/arguments.ts";
export { type Grantee, grant, type Permission, type PolicyStatement } from "./core/iam.ts";
export { type Naming, type NamingArgs, physicalNames } from "./core/names.ts";
export type { PrivateBucketTransform } from "./core/privateBucket.ts";
export type { Transform } from "./core/transform.ts";
export { type DataNodes, StoryData, type StoryDataArgs } from "./data.ts";
export { type EncryptionKeyNodes, StoryEncryptionKey, type StoryEncryptionKeyArgs } from "./encryptionKey.ts";
export { type FirewallNodes, StoryFirewall, type StoryFirewallArgs } from "./firewall.ts";
export {
    type FunctionNodes,
    type SharedFunctionArgs,
    StoryFunction,
    type StoryFunctionArgs,
} from "./functions/function.ts";
export { StoryLambdas, type StoryLambdasArgs } from "./functions/index.ts";
export {
    type DeniedTopic,
    type GuardrailNodes,
    StoryGuardrail,
    type StoryGuardrailArgs,
} from "./guardrail.ts";
export { type ImageNodes, StoryImage, type StoryImageArgs } from "./image.ts";
export { type LogBucketNodes, StoryLogBucket, type StoryLogBucketArgs } from "./logBucket.ts";
export type { WatchedApi, WatchedFunction, WatchedService, WatchedSite } from "./monitoring/alarms.ts";
export {
    type MonitoringNames,
    type MonitoringNodes,
    StoryMonitoring,
    type StoryMonitoringArgs,
} from "./monitoring/index.ts";
export { type ExistingVpc, type NetworkNodes, StoryNetwork, type StoryNetworkArgs } from "./network/index.ts";
export type { SiteDomain } from "./site/domain.ts";
export { type SiteBehavior, type SiteNames, type SiteNodes, StorySite, type StorySiteArgs } from "./site/index.ts";
