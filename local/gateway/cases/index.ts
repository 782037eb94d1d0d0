import type { Case } from "../case.ts";
import { aliasVersions } from "./aliasVersions.ts";
import { authorizerTokens } from "./authorizerTokens.ts";
import { certificateUse } from "./certificateUse.ts";
import { closedSignUp } from "./closedSignUp.ts";
import { confirmationCodes } from "./confirmationCodes.ts";
import { distributionAliases } from "./distributionAliases.ts";
import { edgeFunctionDeletion } from "./edgeFunctionDeletion.ts";
import { firewalls } from "./firewalls.ts";
import { forwardConfig } from "./forwardConfig.ts";
import { functionPermissions } from "./functionPermissions.ts";
import { integrationTimeouts } from "./integrationTimeouts.ts";
import { invitations } from "./invitations.ts";
import { listenerPorts } from "./listenerPorts.ts";
import { listenerRulePriorities } from "./listenerRulePriorities.ts";
import { loadBalancerDeletion } from "./loadBalancerDeletion.ts";
import { loadBalancerNetworks } from "./loadBalancerNetworks.ts";
import { loggingRole } from "./loggingRole.ts";
import { mockTemplates } from "./mockTemplates.ts";
import { networkDeletions } from "./networkDeletions.ts";
import { originAccessControlDeletion } from "./originAccessControlDeletion.ts";
import { passwordAttempts } from "./passwordAttempts.ts";
import { poolProtection } from "./poolProtection.ts";
import { responseHeadersPolicies } from "./responseHeadersPolicies.ts";
import { responseHeadersPolicyDeletion } from "./responseHeadersPolicyDeletion.ts";
import { routes } from "./routes.ts";
import { routeTableAssociations } from "./routeTableAssociations.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";
import { securityGroupPrefixLists } from "./securityGroupPrefixLists.ts";
import { securityGroupRules } from "./securityGroupRules.ts";
import { signInChallenges } from "./signInChallenges.ts";
import { softwareTokens } from "./softwareTokens.ts";
import { stageDeployments } from "./stageDeployments.ts";
import { subnetRanges } from "./subnetRanges.ts";
import { targetGroupDeletion } from "./targetGroupDeletion.ts";
import { targetGroupProtocolVersion } from "./targetGroupProtocolVersion.ts";
import { vpcEndpoints } from "./vpcEndpoints.ts";
import { webAclDeletion } from "./webAclDeletion.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    aliasVersions,
    authorizerTokens,
    certificateUse,
    closedSignUp,
    confirmationCodes,
    distributionAliases,
    edgeFunctionDeletion,
    firewalls,
    forwardConfig,
    functionPermissions,
    integrationTimeouts,
    invitations,
    listenerPorts,
    listenerRulePriorities,
    loadBalancerDeletion,
    loadBalancerNetworks,
    loggingRole,
    mockTemplates,
    networkDeletions,
    originAccessControlDeletion,
    passwordAttempts,
    poolProtection,
    responseHeadersPolicies,
    responseHeadersPolicyDeletion,
    routeTableAssociations,
    routes,
    scalableTargets,
    scalingPolicies,
    scheduledActions,
    securityGroupPrefixLists,
    securityGroupRules,
    signInChallenges,
    softwareTokens,
    stageDeployments,
    subnetRanges,
    targetGroupDeletion,
    targetGroupProtocolVersion,
    vpcEndpoints,
    webAclDeletion,
];
