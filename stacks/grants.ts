import * as pulumi from "@pulumi/pulumi";
import {
    type Grantee,
    grant,
    type StoryAgentService,
    type StoryAuth,
    type StoryData,
    type StoryFunction,
    type StoryGuardrail,
} from "../components/index.ts";
import { storyPrefix } from "../contract/defaults.ts";
import { textModelsOf } from "./environment.ts";
import type { InferenceProfiles } from "./inferenceProfiles.ts";
import { modelArns } from "./models.ts";
import type { StorySettings } from "./settings.ts";

interface Parts {
    data: StoryData;
    auth: StoryAuth;
    functions: Record<"text" | "image" | "data-ops", StoryFunction>;
    agent: StoryAgentService | undefined;
    guardrail: StoryGuardrail | undefined;
    inferenceProfiles: InferenceProfiles;
    accountId: pulumi.Output<string>;
}

/**
 * Grants each part of Story-42 the permissions that its code uses. The agent service's calls of Cognito for sign-up and
 * sign-in are those of any client and carry no credentials; only AdminGetUser and AdminUserGlobalSignOut need a grant.
 */
export function grantEverything(
    settings: StorySettings,
    { data, auth, functions, agent, guardrail, inferenceProfiles, accountId }: Parts,
): void {
    data.grantSessionsRecord(functions.text);
    data.grantUsageRecord(functions.text);
    const models = modelResources(settings, inferenceProfiles, accountId);
    grantModels(models, functions.text);
    guardrail?.grantApply(functions.text);

    data.grantSessionsRecord(functions.image);
    data.grantUsageRecord(functions.image);
    data.grantImages(functions.image, "users/");
    data.grantGoogleApiKey(functions.image);
    guardrail?.grantApply(functions.image);

    data.grantSessions(functions["data-ops"]);
    data.grantSessionsOfAll(functions["data-ops"]);
    data.grantImages(functions["data-ops"]);
    data.grantImagesErasure(functions["data-ops"]);
    data.grantUsageErasure(functions["data-ops"]);

    if (agent?.nodes) {
        data.grantSessions(agent);
        data.grantUsage(agent);
        // The image function stores a story's pictures under `users/`; the service shows them, and removes them with the story.
        data.grantImages(agent, `${storyPrefix}/`, "users/");
        grant(
            agent,
            "accounts",
            [
                {
                    Effect: "Allow",
                    Action: ["cognito-idp:AdminGetUser", "cognito-idp:AdminUserGlobalSignOut"],
                    Resource: auth.userPool.arn,
                },
            ],
            { parent: agent, aliases: [{ parent: agent.role }] },
        );
        functions.text.grantInvoke(agent);
        functions.image.grantInvoke(agent);
        grantModels(models, agent);
        guardrail?.grantApply(agent);
        if (settings.tracing !== "off") {
            // X-Ray has no resources to name.
            const actions = ["xray:PutTraceSegments"];
            grant(agent, "traces", [{ Effect: "Allow", Action: actions, Resource: "*" }], { parent: agent });
        }
    }
}

/**
 * What calls of the models need: a call by an application inference profile is checked against it, what it is made of and the
 * model in each region (Bedrock user guide, "Prerequisites for inference profiles").
 */
function modelResources(
    settings: StorySettings,
    inferenceProfiles: InferenceProfiles,
    accountId: pulumi.Output<string>,
): pulumi.Output<string[]> {
    const profiles = Object.values(inferenceProfiles).map(({ arn }) => arn);
    return pulumi
        .all([accountId, pulumi.all(profiles)])
        .apply(([account, arns]) => [
            ...arns,
            ...new Set(textModelsOf(settings).flatMap((id) => modelArns(id, settings.region, account))),
        ]);
}

/** Lets `grantee` call models. */
function grantModels(models: pulumi.Output<string[]>, grantee: Grantee & pulumi.Resource): void {
    grant(
        grantee,
        "models",
        [
            {
                Effect: "Allow",
                Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
                Resource: models,
            },
        ],
        { parent: grantee, aliases: [{ parent: grantee.role }] },
    );
}
