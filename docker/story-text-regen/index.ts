/** The function that writes: the four text operations of the contract, on Bedrock. */
import { Logger } from "@aws-lambda-powertools/logger";
import * as z from "zod";
import { defaultMaxTokens, defaultTextModelId } from "../../contract/defaults.ts";
import { createBedrock } from "../shared/bedrock.ts";
import { listed, readEnvironment } from "../shared/environment.ts";
import { Guardrail, guardrailSettings } from "../shared/guardrail.ts";
import { inferenceProfilesVariable } from "../shared/models.ts";
import { createRestFunction, restFunctionVariables } from "../shared/restFunction.ts";
import { startTracing } from "../shared/tracing.ts";
import { textHandlers } from "./handlers.ts";

const environment = readEnvironment(
    z.object({
        ...restFunctionVariables,
        BEDROCK_MODEL_ID: z.string().min(1).default(defaultTextModelId),
        /** Models besides the configured one that a request may name. */
        BEDROCK_ALLOWED_MODEL_IDS: z.string().default(""),
        BEDROCK_INFERENCE_PROFILES: inferenceProfilesVariable,
        BEDROCK_MAX_TOKENS: z.coerce.number().int().min(256).default(defaultMaxTokens),
    }),
);

const models: [string, ...string[]] = [environment.BEDROCK_MODEL_ID, ...listed(environment.BEDROCK_ALLOWED_MODEL_IDS)];

const serviceName = "story-text-regen";
const logger = new Logger({ serviceName });
const guardrail = guardrailSettings(environment);
await startTracing(serviceName, (why) => logger.warn("spans were lost", { why }));
const bedrock = createBedrock();

export const handler = createRestFunction({
    serviceName,
    environment,
    logger,
    handlers: textHandlers({
        bedrock,
        models,
        inferenceProfiles: environment.BEDROCK_INFERENCE_PROFILES,
        guardrail: guardrail && new Guardrail(guardrail, bedrock),
        maxTokens: environment.BEDROCK_MAX_TOKENS,
        onFailedModel: (model, { error, logged, cause }) =>
            logger.warn("a model did not answer", {
                model,
                error,
                ...logged,
                cause: (cause as Error | undefined)?.name,
            }),
    }),
    keepsPartialWork: false,
});
