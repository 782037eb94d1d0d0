import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { tagsFor } from "../components/core/tags.ts";
import { splitModelId } from "../contract/models.ts";
import type { ChildContext } from "./childContext.ts";
import { textModelsOf } from "./environment.ts";
import type { Shared } from "./given.ts";
import { calledArn } from "./models.ts";
import type { StorySettings } from "./settings.ts";

/** The application inference profiles of a stack, by the id of the model that each is made of. */
export type InferenceProfiles = Readonly<Record<string, aws.bedrock.InferenceProfile>>;

/** The models that get a profile: those of which Bedrock bills calls on demand in every region that has them. */
const PROFILED = /^(amazon\.nova|anthropic\.claude)-/;

/** Bedrock API reference, CreateInferenceProfile: `^([0-9a-zA-Z][ _-]?)+$`, 64 characters at most. */
const MAX_NAME_CHARACTERS = 64;

/**
 * Creates an application inference profile for each model of the stack that can have one. Its tags are those of the calls'
 * costs in AWS's bill, which has no others for tokens (Bedrock user guide, "Set up a model invocation resource using inference
 * profiles").
 */
export function createInferenceProfiles(
    settings: StorySettings,
    shared: Shared,
    accountId: pulumi.Output<string>,
    { nameOf, opts }: ChildContext,
): InferenceProfiles {
    const models = textModelsOf(settings).filter((id) => PROFILED.test(splitModelId(id).model));
    return Object.fromEntries(
        models.map((id) => {
            const name = dashed(`${shared.project} ${shared.environment} ${id}`).slice(0, MAX_NAME_CHARACTERS);
            const profile = new aws.bedrock.InferenceProfile(
                nameOf(`inference-profile-${dashed(id)}`),
                {
                    name,
                    description: `Calls of ${id}`,
                    modelSource: { copyFrom: accountId.apply((account) => calledArn(id, settings.region, account)) },
                    tags: tagsFor(shared, name),
                },
                opts,
            );
            return [id, profile];
        }),
    );
}

const dashed = (text: string) => text.replaceAll(/[^a-z0-9]+/g, "-");
