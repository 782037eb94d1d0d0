import type * as pulumi from "@pulumi/pulumi";
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
import { modelArns } from "./models.ts";
import type { StorySettings } from "./settings.ts";

interface Parts {
    data: StoryData;
    auth: StoryAuth;
    functions: Record<"text" | "image" | "data-ops", StoryFunction>;
    agent: StoryAgentService | undefined;
    guardrail: StoryGuardrail | undefined;
    accountId: pulumi.Output<string>;
}

/**
 * Grants each part of Story-42 the permissions that its code uses. The agent service's calls of Cognito for sign-up and
 * sign-in are those of any client and carry no credentials; only AdminGetUser and AdminUserGlobalSignOut need a grant.
 */
export function grantEverything(
    settings: StorySettings,
    { data, auth, functions, agent, guardrail, accountId }: Parts,
): void {
    data.grantSessionsRecord(functions.text);
    data.grantUsageRecord(functions.text);
    grantModels(settings, accountId, functions.text);
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
        grantModels(settings, accountId, agent);
        guardrail?.grantApply(agent);
        if (settings.tracing !== "off") {
            // X-Ray has no resources to name.
            const actions = ["xray:PutTraceSegments"];
            grant(agent, "traces", [{ Effect: "Allow", Action: actions, Resource: "*" }], { parent: agent });
        }
    }
}

/** Lets `grantee` call the models that the settings name. */
function grantModels(
    settings: StorySettings,
    accountId: pulumi.Output<string>,
    grantee: Grantee & pulumi.Resource,
): void {
    grant(
        grantee,
        "models",
        [
            {
                Effect: "Allow",
                Action: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
                Resource: accountId.apply((account) => [
                    ...new Set(textModelsOf(settings).flatMap((id) => modelArns(id, settings.region, account))),
                ]),
            },
        ],
        { parent: grantee, aliases: [{ parent: grantee.role }] },
    );
}
