/** Composes the service's parts from its settings. */

import { BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SERVICES } from "../../contract/usage.ts";
import { TracedHttpHandler } from "../shared/bedrock.ts";
import { Guardrail } from "../shared/guardrail.ts";
import { createTokenCheck, type User } from "../shared/tokens.ts";
import { TtsClient } from "../shared/tts.ts";
import { createUsage, type Usage } from "../shared/usage/usage.ts";
import { Agents } from "./agents/ask.ts";
import { createModels } from "./agents/models.ts";
import { createLogger, type Logger } from "./logger.ts";
import { Counts, type RunEnd } from "./metrics.ts";
import { Narrator } from "./narration/narrator.ts";
import { ObjectStore } from "./objects.ts";
import type { PipelineParts } from "./pipeline/pipeline.ts";
import { Runs } from "./pipeline/runs.ts";
import { TableRows } from "./rows.ts";
import { SessionStore } from "./sessions.ts";
import type { Settings } from "./settings.ts";
import { SignIns } from "./signIns.ts";
import { brave } from "./tools/brave.ts";
import { duckDuckGo } from "./tools/duckduckgo.ts";
import { StoryFunctions } from "./tools/storyFunctions.ts";
import { Tools } from "./tools/toolbox.ts";
import { meteredEngine, type SearchEngine, tracedEngine, WebSearch } from "./tools/webSearch.ts";
import { Works } from "./works/works.ts";

/** Attempts of one AWS call, the first included. */
const MAX_ATTEMPTS = 3;

export interface Service {
    settings: Settings;
    log: Logger;
    checkToken: ((token: string) => Promise<User>) | undefined;
    cognito: CognitoIdentityProviderClient;
    signIns: SignIns;
    sessions: SessionStore;
    tools: Tools;
    works: Works;
    narrator: Narrator;
    /** Checks wishes, search results and stories; undefined when the deployment has none. */
    guardrail: Guardrail | undefined;
    pipeline: PipelineParts;
    runs: Runs;
    /** Counts the stories' usage and enforces bounds; undefined when usage is not counted. */
    usage: Usage | undefined;
}

export function createService(settings: Settings): Service {
    const log = createLogger(settings.logLevel);
    const counts = new Counts(settings);
    const { region, tts } = settings;
    const objects = new ObjectStore(
        // An emulator has no host name per bucket.
        new S3Client({ ...aws(region, 10_000), forcePathStyle: hasOwnEndpoint("S3") }),
        settings.bucket,
    );
    const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws(region, 5_000)));
    const rows = new TableRows(dynamo, settings.table);
    const usage = createUsage({
        dynamo,
        environment: settings.usage,
        stackEnvironment: settings.environment,
        region,
        onError: (error, about) => log.error({ err: error, ...about }, "what was used is not in the ledger yet"),
    });
    const works = new Works({
        rows,
        limits: settings.limits,
        onError: (error) => log.error({ err: error }, "the work row of a person was not kept; it is tried again"),
    });
    const sessions = new SessionStore(objects, rows, settings.prefix, works);
    const speech = tts.url ? new TtsClient({ baseUrl: tts.url }) : undefined;
    const functions = new StoryFunctions({
        lambda: new LambdaClient({ ...aws(region, 300_000), maxAttempts: 1 }),
        apiUrl: settings.storyApiUrl,
        names: settings.functions,
        clientId: settings.cognito.clientId,
    });
    // The guardrail is part of a model's call, so it has the models' timeouts.
    const bedrock = { ...aws(region, 60_000, TracedHttpHandler), maxAttempts: 2 };
    const guardrail = settings.guardrail && new Guardrail(settings.guardrail, new BedrockRuntimeClient(bedrock));
    const tools = new Tools({
        search: new WebSearch(engines(settings.search), () => counts.add("searchUnavailable")),
        functions,
        speech,
        speechKey: tts.key,
        bucket: settings.bucket,
        guardrail,
    });
    const models = createModels({
        modelIds: settings.modelIds,
        inferenceProfiles: settings.inferenceProfiles,
        maxTokens: settings.maxTokens,
        region,
        // The agents retry a throttled call in addition to these attempts.
        clientConfig: bedrock,
        guardrail,
    });
    const onFailedModel = (agent: string, model: string, error: unknown) => {
        counts.add("modelFailed");
        log.warn({ agent_id: agent, model, err: error }, "a model did not answer");
    };
    const agents = new Agents(models, settings.agentTimeoutMs, onFailedModel, guardrail);
    const cognito = new CognitoIdentityProviderClient(aws(settings.cognito.region, 10_000));
    const signIns = new SignIns(cognito, settings.cognito.userPoolId, log);
    const pipeline = {
        agents,
        tools,
        sessions,
        defaultVoice: tts.defaultVoice,
        usage,
        onRunEnd: (end: RunEnd) => counts.addRun(end),
        log,
    };
    const isOver = (token: string, user: User) => signIns.isOver(token, user);
    return {
        settings,
        log,
        checkToken: settings.authEnabled ? createTokenCheck({ ...settings.cognito, isOver }) : undefined,
        cognito,
        signIns,
        sessions,
        tools,
        works,
        narrator: new Narrator({
            tts: speech,
            key: tts.key,
            defaultVoice: tts.defaultVoice,
            works,
            meter: usage?.meter,
            onNarrated: ({ userId, sessionId }, isNarrated) => sessions.markNarrated(userId, sessionId, isNarrated),
            log,
        }),
        pipeline,
        guardrail,
        runs: new Runs(works, pipeline),
        usage,
    };
}

/** The search engines, in the order of the attempts. */
function engines({ duckDuckGoUrl, brave: byKey }: Settings["search"]): SearchEngine[] {
    return [
        tracedEngine("duckduckgo", meteredEngine(SERVICES.duckDuckGo, duckDuckGo(duckDuckGoUrl))),
        ...(byKey ? [tracedEngine("brave", meteredEngine(SERVICES.brave, brave(byKey.url, byKey.key)))] : []),
    ];
}

/** Settings of an AWS client: few attempts, and a timeout for every wait. `idleMs`: longest silence of a connection. */
function aws(region: string, idleMs: number, RequestHandler = NodeHttpHandler) {
    return {
        region,
        maxAttempts: MAX_ATTEMPTS,
        requestHandler: new RequestHandler({
            connectionTimeout: 3_000,
            socketTimeout: idleMs,
            httpsAgent: { maxSockets: 300 },
            httpAgent: { maxSockets: 300 },
        }),
    };
}

function hasOwnEndpoint(service: string): boolean {
    return Boolean(process.env.AWS_ENDPOINT_URL ?? process.env[`AWS_ENDPOINT_URL_${service}`]);
}
