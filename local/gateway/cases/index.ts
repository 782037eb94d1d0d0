import type { Case } from "../case.ts";
import { closedSignUp } from "./closedSignUp.ts";
import { confirmationCodes } from "./confirmationCodes.ts";
import { invitations } from "./invitations.ts";
import { poolProtection } from "./poolProtection.ts";
import { signInChallenges } from "./signInChallenges.ts";
import { softwareTokens } from "./softwareTokens.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [
    closedSignUp,
    confirmationCodes,
    invitations,
    poolProtection,
    signInChallenges,
    softwareTokens,
];
