import * as pulumi from "@pulumi/pulumi";
import { StoryGuardrail } from "../components/index.ts";
import type { ChildContext } from "./childContext.ts";
import type { Shared, Story42Transform } from "./given.ts";
import { guardrailProfile } from "./guardrailProfile.ts";
import type { StorySettings } from "./settings.ts";

/** Creates the guardrail for wishes and stories, if the settings enable it. */
export function createGuardrail(
    settings: StorySettings,
    shared: Shared,
    { accountId, kmsKeyArn }: { accountId: pulumi.Output<string>; kmsKeyArn: pulumi.Output<string> | undefined },
    transform: Story42Transform,
    { nameOf, opts }: ChildContext,
): StoryGuardrail | undefined {
    const { region, guardrailStrength, guardrailAudience, guardrailCrossRegion } = settings;
    const profile = guardrailCrossRegion ? guardrailProfile(region) : undefined;
    const partition = region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
    return settings.guardrail
        ? new StoryGuardrail(
              nameOf("guardrail"),
              {
                  ...shared,
                  strength: guardrailStrength,
                  audience: guardrailAudience,
                  profileArn:
                      profile &&
                      pulumi.interpolate`arn:${partition}:bedrock:${region}:${accountId}:guardrail-profile/${profile}`,
                  kmsKeyArn,
                  transform: transform.guardrail,
              },
              opts,
          )
        : undefined;
}
