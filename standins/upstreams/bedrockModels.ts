/** Bedrock's control plane for models: GetFoundationModel, GetFoundationModelAvailability and GetInferenceProfile. */
import { refusalByRule } from "./bedrockRules.ts";
import type { Exchange } from "./exchange.ts";

const ROUTE = /^\/(foundation-models|foundation-model-availability|inference-profiles)\/([^/]+)$/;

/** Legacy models with their end of life (Bedrock user guide, Model lifecycle; theopenco/llmgateway#3229). */
const LEGACY: Record<string, string> = { "anthropic.claude-opus-4-1-20250805-v1:0": "2027-01-08T00:00:00Z" };

export const isAboutModels = (path: string) => ROUTE.test(path);

/** With a fault of kind `refuse`, the account has no access to the model. */
export async function answerAboutModels(exchange: Exchange): Promise<void> {
    const [, kind, encoded = ""] = ROUTE.exec(exchange.path) ?? [];
    const id = decodeURIComponent(encoded);
    const [, region] = /Credential=[^/]+\/\d+\/([\w-]+)\/bedrock\//.exec(exchange.headers.authorization ?? "") ?? [];
    if (!region) {
        await failure(exchange, 403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        return;
    }
    // A model's own id identifies the model here, even if it can't be called by that id.
    const problem = refusalByRule({
        modelId: id,
        region: kind === "inference-profiles" ? region : undefined,
        streamed: false,
        request: {},
    });
    if (problem) {
        const isProfile = kind === "inference-profiles";
        await failure(
            exchange,
            isProfile ? 404 : problem.status,
            isProfile ? "ResourceNotFoundException" : problem.code,
            problem.message,
        );
    } else if (kind === "inference-profiles") {
        await exchange.sendJson(200, { inferenceProfileId: id, status: "ACTIVE", type: "SYSTEM_DEFINED" });
    } else if (kind === "foundation-models") {
        const endOfLifeTime = LEGACY[id];
        const modelLifecycle = { status: endOfLifeTime ? "LEGACY" : "ACTIVE", endOfLifeTime };
        await exchange.sendJson(200, { modelDetails: { modelId: id, modelLifecycle } });
    } else {
        await exchange.sendJson(200, {
            modelId: id,
            agreementAvailability: { status: "AVAILABLE" },
            authorizationStatus: exchange.fault?.kind === "refuse" ? "NOT_AUTHORIZED" : "AUTHORIZED",
            entitlementAvailability: "AVAILABLE",
            regionAvailability: "AVAILABLE",
        });
    }
}

async function failure(exchange: Exchange, status: number, code: string, message: string): Promise<void> {
    await exchange.sendJson(status, { message }, { "x-amzn-errortype": code });
}
