import type { Case } from "../case.ts";
import { forwardConfig } from "./forwardConfig.ts";
import { listenerPorts } from "./listenerPorts.ts";
import { listenerRulePriorities } from "./listenerRulePriorities.ts";
import { loadBalancerDeletion } from "./loadBalancerDeletion.ts";
import { loadBalancerNetworks } from "./loadBalancerNetworks.ts";
import { networkDeletions } from "./networkDeletions.ts";
import { routeTableAssociations } from "./routeTableAssociations.ts";
import { routes } from "./routes.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";
import { securityGroupPrefixLists } from "./securityGroupPrefixLists.ts";
import { securityGroupRules } from "./securityGroupRules.ts";
import { subnetRanges } from "./subnetRanges.ts";
import { targetGroupDeletion } from "./targetGroupDeletion.ts";
import { targetGroupProtocolVersion } from "./targetGroupProtocolVersion.ts";
import { vpcEndpoints } from "./vpcEndpoints.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    forwardConfig,
    listenerPorts,
    listenerRulePriorities,
    loadBalancerDeletion,
    loadBalancerNetworks,
    networkDeletions,
    routeTableAssociations,
    routes,
    scalableTargets,
    scalingPolicies,
    scheduledActions,
    securityGroupPrefixLists,
    securityGroupRules,
    subnetRanges,
    targetGroupDeletion,
    targetGroupProtocolVersion,
    vpcEndpoints,
];
