import { splitModelId } from "../../../contract/models.ts";
import { pictureModelEnds } from "../../../contract/pictureModels.ts";
import { textModelsOf } from "../../../stacks/environment.ts";
import { BedrockModels } from "../bedrock.ts";
import { type Check, ok, todo, unknown } from "./check.ts";

/** The status of a model in Bedrock, and why it can't be used or soon ends. */
interface ModelStatus {
    found: string;
    problem?: string;
}

/**
 * Whether the account can call the text models in the stack's region, and until when. Problems of models other than the
 * configured one are reported but need no fix: the configured model answers instead.
 */
export const textModelsCheck: Check = {
    name: "text models",
    async look(environment) {
        const [settings, clients] = await Promise.all([environment.settings(), environment.clients()]);
        const bedrock = new BedrockModels(clients, settings.region);
        const statuses = await Promise.all(textModelsOf(settings).map((id) => statusOf(id, bedrock)));
        const found = statuses.map((one) => one.found).join("; ");
        const [configured] = statuses;
        return configured?.problem ? todo(found, configured.problem) : ok(found);
    },
};

async function statusOf(id: string, bedrock: BedrockModels): Promise<ModelStatus> {
    const { prefix, model } = splitModelId(id);
    const another = "Set another bedrockModelId: aws bedrock list-inference-profiles, list-foundation-models.";
    if (prefix !== undefined && (await bedrock.inferenceProfile(id))?.status !== "ACTIVE") {
        return { found: `${id} is no inference profile of this region`, problem: another };
    }
    const [details, availability] = await Promise.all([bedrock.foundationModel(model), bedrock.availability(model)]);
    if (!details || !availability || availability.regionAvailability !== "AVAILABLE") {
        return { found: `${id} is not there: no such model in this region, or past its end of life`, problem: another };
    }
    const { status, endOfLifeTime } = details.modelDetails.modelLifecycle ?? {};
    const until = endOfLifeTime ? ` until ${endOfLifeTime.slice(0, 10)}` : "";
    if (availability.authorizationStatus !== "AUTHORIZED" || availability.entitlementAvailability !== "AVAILABLE") {
        return {
            found: `${id} is not allowed to this account${until}`,
            problem: "Ask for access to the model in Bedrock's console (Model catalog), or set another bedrockModelId.",
        };
    }
    return status === "LEGACY"
        ? {
              found: `${id} is legacy${until}`,
              problem: `${another} Accounts that have not used a legacy model lately are refused.`,
          }
        : { found: `${id} can be called${until}` };
}

const GOOGLE = "https://generativelanguage.googleapis.com";
const TIMEOUT_MS = 10_000;

/** Whether Google has the picture model and accepts the key, and until when. */
export const pictureModelCheck: Check = {
    name: "picture model",
    async look(environment) {
        const { googleImageModelId: model, googleApiKey } = await environment.settings();
        const base = process.env.GOOGLE_GEMINI_BASE_URL;
        if (process.env.AWS_ENDPOINT_URL && !base) {
            return unknown("on an emulator nobody asks Google");
        }
        const response = await fetch(`${base ?? GOOGLE}/v1beta/models/${encodeURIComponent(model)}`, {
            headers: { "x-goog-api-key": googleApiKey },
            redirect: "error", // a redirect could carry the key to another host
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await response.body?.cancel();
        if (response.ok) {
            const end = pictureModelEnds[model];
            return ok(`${model} is there${end ? ` until ${end}` : ""}`);
        }
        if (response.status === 404) {
            return todo(`Google has no ${model} (any more)`, "Set another googleImageModelId, or remove the setting.");
        }
        return [400, 401, 403].includes(response.status)
            ? todo(
                  `Google refuses the key (${response.status})`,
                  "Set a key of Google AI Studio: pulumi config set --secret googleApiKey",
              )
            : unknown(`Google answered ${response.status} when it was asked for ${model}`);
    },
};
