import type { Case } from "../case.ts";
import { alarmMetrics } from "./alarmMetrics.ts";
import { alarmStatistic } from "./alarmStatistic.ts";
import { backupPeriod } from "./backupPeriod.ts";
import { bucketNames } from "./bucketNames.ts";
import { certificateUse } from "./certificateUse.ts";
import { clusterDeletion } from "./clusterDeletion.ts";
import { distributionAliases } from "./distributionAliases.ts";
import { edgeFunctionDeletion } from "./edgeFunctionDeletion.ts";
import { forwardConfig } from "./forwardConfig.ts";
import { integrationSettings } from "./integrationSettings.ts";
import { listenerPorts } from "./listenerPorts.ts";
import { listenerRulePriorities } from "./listenerRulePriorities.ts";
import { loadBalancerDeletion } from "./loadBalancerDeletion.ts";
import { loadBalancerNetworks } from "./loadBalancerNetworks.ts";
import { networkDeletions } from "./networkDeletions.ts";
import { originAccessControlDeletion } from "./originAccessControlDeletion.ts";
import { patchesOfKeys } from "./patchesOfKeys.ts";
import { repositoryExclusions } from "./repositoryExclusions.ts";
import { responseHeadersPolicies } from "./responseHeadersPolicies.ts";
import { responseHeadersPolicyDeletion } from "./responseHeadersPolicyDeletion.ts";
import { routes } from "./routes.ts";
import { routeTableAssociations } from "./routeTableAssociations.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";
import { secretNames } from "./secretNames.ts";
import { securityGroupPrefixLists } from "./securityGroupPrefixLists.ts";
import { securityGroupRules } from "./securityGroupRules.ts";
import { serviceRebalancing } from "./serviceRebalancing.ts";
import { subnetRanges } from "./subnetRanges.ts";
import { targetGroupDeletion } from "./targetGroupDeletion.ts";
import { targetGroupProtocolVersion } from "./targetGroupProtocolVersion.ts";
import { vpcEndpoints } from "./vpcEndpoints.ts";
import { webAclDeletion } from "./webAclDeletion.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    alarmMetrics,
    alarmStatistic,
    backupPeriod,
    bucketNames,
    certificateUse,
    clusterDeletion,
    distributionAliases,
    edgeFunctionDeletion,
    forwardConfig,
    integrationSettings,
    listenerPorts,
    listenerRulePriorities,
    loadBalancerDeletion,
    loadBalancerNetworks,
    networkDeletions,
    originAccessControlDeletion,
    patchesOfKeys,
    repositoryExclusions,
    responseHeadersPolicies,
    responseHeadersPolicyDeletion,
    routeTableAssociations,
    routes,
    scalableTargets,
    scalingPolicies,
    scheduledActions,
    secretNames,
    securityGroupPrefixLists,
    securityGroupRules,
    serviceRebalancing,
    subnetRanges,
    targetGroupDeletion,
    targetGroupProtocolVersion,
    vpcEndpoints,
    webAclDeletion,
];
