import type { Case } from "../case.ts";
import { alarmMetrics } from "./alarmMetrics.ts";
import { alarmStatistic } from "./alarmStatistic.ts";
import { aliasVersions } from "./aliasVersions.ts";
import { apiDomainNames } from "./apiDomainNames.ts";
import { apiTags } from "./apiTags.ts";
import { authorizerTokens } from "./authorizerTokens.ts";
import { backupPeriod } from "./backupPeriod.ts";
import { bucketNames } from "./bucketNames.ts";
import { certificateUse } from "./certificateUse.ts";
import { closedSignUp } from "./closedSignUp.ts";
import { clusterDeletion } from "./clusterDeletion.ts";
import { confirmationCodes } from "./confirmationCodes.ts";
import { distributionAliases } from "./distributionAliases.ts";
import { edgeFunctionDeletion } from "./edgeFunctionDeletion.ts";
import { emptyApiTexts } from "./emptyApiTexts.ts";
import { firewalls } from "./firewalls.ts";
import { flowLogs } from "./flowLogs.ts";
import { forwardConfig } from "./forwardConfig.ts";
import { functionPermissions } from "./functionPermissions.ts";
import { guardrails } from "./guardrails.ts";
import { inferenceProfiles } from "./inferenceProfiles.ts";
import { integrationSettings } from "./integrationSettings.ts";
import { integrationTimeouts } from "./integrationTimeouts.ts";
import { invitations } from "./invitations.ts";
import { listenerPorts } from "./listenerPorts.ts";
import { listenerRulePriorities } from "./listenerRulePriorities.ts";
import { loadBalancerDeletion } from "./loadBalancerDeletion.ts";
import { loadBalancerNetworks } from "./loadBalancerNetworks.ts";
import { logGroupKeys } from "./logGroupKeys.ts";
import { logGroupKeyUse } from "./logGroupKeyUse.ts";
import { loggingRole } from "./loggingRole.ts";
import { methodResponsePatches } from "./methodResponsePatches.ts";
import { mockTemplates } from "./mockTemplates.ts";
import { networkDeletions } from "./networkDeletions.ts";
import { originAccessControlDeletion } from "./originAccessControlDeletion.ts";
import { passwordAttempts } from "./passwordAttempts.ts";
import { patchesOfKeys } from "./patchesOfKeys.ts";
import { poolProtection } from "./poolProtection.ts";
import { replacedDeployments } from "./replacedDeployments.ts";
import { repositoryExclusions } from "./repositoryExclusions.ts";
import { responseHeadersPolicies } from "./responseHeadersPolicies.ts";
import { responseHeadersPolicyDeletion } from "./responseHeadersPolicyDeletion.ts";
import { routes } from "./routes.ts";
import { routeTableAssociations } from "./routeTableAssociations.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";
import { secretNames } from "./secretNames.ts";
import { securityGroupAllProtocols } from "./securityGroupAllProtocols.ts";
import { securityGroupPrefixLists } from "./securityGroupPrefixLists.ts";
import { securityGroupRules } from "./securityGroupRules.ts";
import { serviceDeployments } from "./serviceDeployments.ts";
import { serviceNames } from "./serviceNames.ts";
import { serviceRebalancing } from "./serviceRebalancing.ts";
import { serviceTagUpdates } from "./serviceTagUpdates.ts";
import { signInChallenges } from "./signInChallenges.ts";
import { softwareTokens } from "./softwareTokens.ts";
import { stageDeployments } from "./stageDeployments.ts";
import { subnetRanges } from "./subnetRanges.ts";
import { targetGroupDeletion } from "./targetGroupDeletion.ts";
import { targetGroupProtocolVersion } from "./targetGroupProtocolVersion.ts";
import { userGroupUpdates } from "./userGroupUpdates.ts";
import { userPoolNames } from "./userPoolNames.ts";
import { vpcEndpoints } from "./vpcEndpoints.ts";
import { webAclDeletion } from "./webAclDeletion.ts";

/** All differences between MiniStack and AWS that matter to the deployment, its clients or its tests. */
export const cases: readonly Case[] = [
    alarmMetrics,
    alarmStatistic,
    aliasVersions,
    apiDomainNames,
    apiTags,
    authorizerTokens,
    backupPeriod,
    bucketNames,
    certificateUse,
    closedSignUp,
    clusterDeletion,
    confirmationCodes,
    distributionAliases,
    edgeFunctionDeletion,
    emptyApiTexts,
    firewalls,
    flowLogs,
    forwardConfig,
    functionPermissions,
    guardrails,
    inferenceProfiles,
    integrationSettings,
    integrationTimeouts,
    invitations,
    listenerPorts,
    listenerRulePriorities,
    loadBalancerDeletion,
    loadBalancerNetworks,
    loggingRole,
    logGroupKeyUse,
    logGroupKeys,
    methodResponsePatches,
    mockTemplates,
    networkDeletions,
    originAccessControlDeletion,
    passwordAttempts,
    patchesOfKeys,
    poolProtection,
    replacedDeployments,
    repositoryExclusions,
    responseHeadersPolicies,
    responseHeadersPolicyDeletion,
    routeTableAssociations,
    routes,
    scalableTargets,
    scalingPolicies,
    scheduledActions,
    secretNames,
    securityGroupAllProtocols,
    securityGroupPrefixLists,
    securityGroupRules,
    serviceDeployments,
    serviceNames,
    serviceRebalancing,
    serviceTagUpdates,
    signInChallenges,
    softwareTokens,
    stageDeployments,
    subnetRanges,
    targetGroupDeletion,
    targetGroupProtocolVersion,
    userGroupUpdates,
    userPoolNames,
    vpcEndpoints,
    webAclDeletion,
];
