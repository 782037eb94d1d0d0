import type { Case } from "../case.ts";
import { scalableTargets } from "./scalableTargets.ts";
import { scalingPolicies } from "./scalingPolicies.ts";
import { scheduledActions } from "./scheduledActions.ts";

/** Everything that MiniStack does otherwise than AWS and that the deployment, its clients or its tests would notice. */
export const cases: readonly Case[] = [scalableTargets, scalingPolicies, scheduledActions];
