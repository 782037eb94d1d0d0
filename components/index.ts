/** The component library: what a program imports. */
export {
    type AgentServiceNames,
    type AgentServiceNodes,
    type NightStop,
    StoryAgentService,
    type StoryAgentServiceArgs,
    type TaskImage,
    type TaskSecret,
} from "./agentService.ts";
export type { Sidecar } from "./agentTask.ts";
export {
    type ApiDomain,
    type ApiFunction,
    type ApiKey,
    type ApiOperation,
    isStreamed,
    StoryApi,
    type StoryApiArgs,
} from "./api.ts";
export { ArgumentError } from "./arguments.ts";
export { type AuthNodes, type OAuthClient, StoryAuth, type StoryAuthArgs } from "./auth.ts";
export { type DataNodes, StoryData, type StoryDataArgs } from "./data.ts";
export { StoryEncryptionKey, type StoryEncryptionKeyArgs } from "./encryptionKey.ts";
export { StoryFirewall, type StoryFirewallArgs } from "./firewall.ts";
export { type Grantee, grant, type Permission, type PolicyStatement } from "./iam.ts";
export { StoryImage, type StoryImageArgs } from "./image.ts";
export { StoryFunction, type StoryFunctionArgs, StoryLambdas, type StoryLambdasArgs } from "./lambdas.ts";
export { StoryLogBucket, type StoryLogBucketArgs } from "./logBucket.ts";
export {
    type MonitoringNames,
    type MonitoringNodes,
    StoryMonitoring,
    type StoryMonitoringArgs,
    type WatchedFunction,
} from "./monitoring.ts";
export { type Naming, physicalNames } from "./names.ts";
export { type ExistingVpc, StoryNetwork, type StoryNetworkArgs } from "./network.ts";
export type { PrivateBucketTransform } from "./privateBucket.ts";
export { type SiteBehavior, type SiteNames, StorySite, type StorySiteArgs } from "./site.ts";
export type { SiteDomain } from "./siteDomain.ts";
export type { Transform } from "./transform.ts";
