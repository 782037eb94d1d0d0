/** The component's guardrail in Bedrock's form, and an upstream server that knows it. */
import { createRequire } from "node:module";
import { StoryGuardrail, type StoryGuardrailArgs } from "../../../components/index.ts";
import { Guardrail } from "../../../docker/shared/guardrail.ts";
import type { FindGuardrail, GuardrailDefinition } from "../../../standins/upstreams/guardrails/definition.ts";
import { run } from "../monitor.ts";

const ofImages = createRequire(new URL("../../../docker/package.json", import.meta.url));
/** The SDK version of the images. */
export const sdk = ofImages("@aws-sdk/client-bedrock-runtime");
/** The images' Bedrock client. */
export type Bedrock = ConstructorParameters<typeof Guardrail>[1];

export const REGION = "us-east-1";
export const ID = "abcdefghijkl";
const ARN = `arn:aws:bedrock:${REGION}:123456789012:guardrail/${ID}`;

/** The definition of a {@link StoryGuardrail} with these arguments. */
export async function definitionOf(args: StoryGuardrailArgs): Promise<GuardrailDefinition> {
    const { resources } = await run(() => new StoryGuardrail("guardrail", args));
    const { inputs } = resources.one("aws:bedrock/guardrail:Guardrail");
    return {
        guardrailId: ID,
        guardrailArn: ARN,
        version: "1",
        blockedInputMessaging: inputs.blockedInputMessaging,
        blockedOutputsMessaging: inputs.blockedOutputsMessaging,
        contentPolicy: { filters: inputs.contentPolicyConfig.filtersConfigs },
        topicPolicy: { topics: inputs.topicPolicyConfig.topicsConfigs },
        wordPolicy: {
            words: inputs.wordPolicyConfig.wordsConfigs,
            managedWordLists: inputs.wordPolicyConfig.managedWordListsConfigs,
        },
        sensitiveInformationPolicy: { piiEntities: inputs.sensitiveInformationPolicyConfig.piiEntitiesConfigs },
    };
}

/** Finds the guardrail by id or ARN in its region, in version 1 and as a draft. */
export const findsOnly =
    (definition: GuardrailDefinition): FindGuardrail =>
    async ({ identifier, version, region }) =>
        [ID, ARN].includes(identifier) && ["1", "DRAFT"].includes(version) && region === REGION
            ? definition
            : undefined;

export function bedrockAt(endpoint: string, region = REGION): Bedrock {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    return new sdk.BedrockRuntimeClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** The guardrail as the functions and the service use it. */
export const guardrailAt = (bedrock: Bedrock, { version = "1", intervened = () => {} } = {}) =>
    new Guardrail({ id: ID, version, project: "story-42", environment: "test" }, bedrock, intervened);
