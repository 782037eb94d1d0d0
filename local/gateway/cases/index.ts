import type { Case } from "../case.ts";
import { aliasVersions } from "./aliasVersions.ts";
import { authorizerTokens } from "./authorizerTokens.ts";
import { closedSignUp } from "./closedSignUp.ts";
import { confirmationCodes } from "./confirmationCodes.ts";
import { firewalls } from "./firewalls.ts";
import { functionPermissions } from "./functionPermissions.ts";
import { integrationTimeouts } from "./integrationTimeouts.ts";
import { invitations } from "./invitations.ts";
import { loggingRole } from "./loggingRole.ts";
import { mockTemplates } from "./mockTemplates.ts";
import { passwordAttempts } from "./passwordAttempts.ts";
import { poolProtection } from "./poolProtection.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";
import { signInChallenges } from "./signInChallenges.ts";
import { softwareTokens } from "./softwareTokens.ts";
import { stageDeployments } from "./stageDeployments.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    aliasVersions,
    authorizerTokens,
    closedSignUp,
    confirmationCodes,
    firewalls,
    functionPermissions,
    integrationTimeouts,
    invitations,
    loggingRole,
    mockTemplates,
    passwordAttempts,
    poolProtection,
    scalableTargets,
    scalingPolicies,
    scheduledActions,
    signInChallenges,
    softwareTokens,
    stageDeployments,
];
