import type { Case } from "../case.ts";
import { authorizerTokens } from "./authorizerTokens.ts";
import { closedSignUp } from "./closedSignUp.ts";
import { confirmationCodes } from "./confirmationCodes.ts";
import { functionPermissions } from "./functionPermissions.ts";
import { integrationTimeouts } from "./integrationTimeouts.ts";
import { invitations } from "./invitations.ts";
import { poolProtection } from "./poolProtection.ts";
import { signInChallenges } from "./signInChallenges.ts";
import { softwareTokens } from "./softwareTokens.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    authorizerTokens,
    closedSignUp,
    confirmationCodes,
    functionPermissions,
    integrationTimeouts,
    invitations,
    poolProtection,
    signInChallenges,
    softwareTokens,
];
