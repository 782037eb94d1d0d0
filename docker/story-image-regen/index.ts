/** The function that draws: the two picture operations of the contract, with the Gemini API. */
import { Logger } from "@aws-lambda-powertools/logger";
import { S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import { defaultPictureModel } from "../../contract/pictureModels.ts";
import { createBedrock } from "../shared/bedrock.ts";
import { readEnvironment } from "../shared/environment.ts";
import { Guardrail, guardrailSettings } from "../shared/guardrail.ts";
import { createPictureMaker } from "../shared/pictures.ts";
import { createRestFunction, restFunctionVariables } from "../shared/restFunction.ts";
import { Secret } from "../shared/secrets.ts";
import { startTracing } from "../shared/tracing.ts";
import { imageHandlers } from "./handlers.ts";
import { PictureStore } from "./store.ts";

const environment = readEnvironment(
    z.object({
        ...restFunctionVariables,
        S3_BUCKET: z.string().min(1),
        GOOGLE_API_KEY_SECRET_ARN: z.string().min(1),
        GOOGLE_IMAGE_MODEL_ID: z.string().min(1).default(defaultPictureModel),
    }),
);

const serviceName = "story-image-regen";
const guardrail = guardrailSettings(environment);
const logger = new Logger({ serviceName });
await startTracing(serviceName, (why) => logger.warn("spans were lost", { why }));
const key = new Secret(environment.GOOGLE_API_KEY_SECRET_ARN);

export const handler = createRestFunction({
    serviceName,
    environment,
    logger,
    handlers: imageHandlers({
        maker: async (signal) => createPictureMaker(await key.value(signal), environment.GOOGLE_IMAGE_MODEL_ID),
        guardrail: guardrail && new Guardrail(guardrail, createBedrock()),
        store: new PictureStore(new S3Client({ maxAttempts: 3 }), environment.S3_BUCKET),
    }),
    keepsPartialWork: true,
});
