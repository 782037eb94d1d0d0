/** The component library: what a program imports. */
export {
    type AgentServiceNames,
    type AgentServiceNodes,
    type NightStop,
    StoryAgentService,
    type StoryAgentServiceArgs,
    type TaskImage,
    type TaskSecret,
} from "./agentService/index.ts";
export type { Sidecar } from "./agentService/task.ts";
export {
    type ApiDomain,
    type ApiFunction,
    type ApiKey,
    type ApiOperation,
    isStreamed,
    StoryApi,
    type StoryApiArgs,
} from "./api/index.ts";
export { type AuthNodes, type OAuthClient, StoryAuth, type StoryAuthArgs } from "./auth.ts";
export { ArgumentError } from "./core/arguments.ts";
export { type Grantee, grant, type Permission, type PolicyStatement } from "./core/iam.ts";
export { type Naming, physicalNames } from "./core/names.ts";
export type { PrivateBucketTransform } from "./core/privateBucket.ts";
export type { Transform } from "./core/transform.ts";
export { type DataNodes, StoryData, type StoryDataArgs } from "./data.ts";
export { StoryEncryptionKey, type StoryEncryptionKeyArgs } from "./encryptionKey.ts";
export { StoryFirewall, type StoryFirewallArgs } from "./firewall.ts";
export { StoryFunction, type StoryFunctionArgs, StoryLambdas, type StoryLambdasArgs } from "./functions/index.ts";
export { StoryImage, type StoryImageArgs } from "./image.ts";
export { StoryLogBucket, type StoryLogBucketArgs } from "./logBucket.ts";
export {
    type MonitoringNames,
    type MonitoringNodes,
    StoryMonitoring,
    type StoryMonitoringArgs,
    type WatchedFunction,
} from "./monitoring/index.ts";
export { type ExistingVpc, StoryNetwork, type StoryNetworkArgs } from "./network/index.ts";
export type { SiteDomain } from "./site/domain.ts";
export { type SiteBehavior, type SiteNames, StorySite, type StorySiteArgs } from "./site/index.ts";
