/** `npm run upstreams`: the upstream server on its own. */
import { Command, InvalidArgumentError } from "commander";
import { allowLostOutput } from "../lostOutput.ts";
import { RULES, UPSTREAMS } from "./faults.ts";
import { startUpstreams } from "./server.ts";

allowLostOutput();
const program = new Command("npm run upstreams --")
    .description("Speaks what Bedrock, Gemini, DuckDuckGo and the text-to-speech API speak, on one loopback port.")
    .option("-p, --port <port>", "port to listen on; 0 takes a free one", port, 0)
    .option("-t, --traces <file>", "file for the spans that are sent to it by OTLP/HTTP, one JSON object a line")
    .addHelpText("after", () => `\n${howToSetFaults("http://127.0.0.1:PORT/SECRET")}`);
const { port: wanted, traces: tracesFile } = program.parse().opts<{ port: number; traces?: string }>();

// Not an argument, since every user of the machine can read those.
const { STORY42_UPSTREAMS_SECRET: secret } = process.env;
const upstreams = await startUpstreams({ port: wanted, secret, tracesFile }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "EADDRINUSE" ? `port ${wanted} is in use; name another with --port` : error.message;
    console.error(`The upstream server cannot start: ${why}`);
    process.exit(1);
});
console.log(`AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${upstreams.bedrockUrl}
GOOGLE_GEMINI_BASE_URL=${upstreams.geminiUrl}
DUCKDUCKGO_URL=${upstreams.duckduckgoUrl}
BRAVE_SEARCH_URL=${upstreams.braveUrl}
TECH42_TTS_API_URL=${upstreams.ttsUrl}
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${upstreams.tracesUrl}

${howToSetFaults(upstreams.url)}`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void upstreams.stop().then(() => process.exit(0)));
}

function port(value: string): number {
    const number = Number(value);
    if (!Number.isInteger(number) || number < 0 || number > 65_535) {
        throw new InvalidArgumentError("It must be a number from 0 to 65535.");
    }
    return number;
}

function howToSetFaults(url: string): string {
    return `Set a fault:       curl ${url}/_control -d '{"upstream":"bedrock","kind":"throttle","times":2}'
Let a model think: curl ${url}/_control -d '{"modelServer":{"url":"http://127.0.0.1:11434/v1","model":"NAME"}}'
See the faults:    curl ${url}/_control
See the requests:  curl '${url}/_control/requests?upstream=bedrock'
Start over:        curl -X DELETE ${url}/_control

upstream: ${UPSTREAMS.join(", ")}
kind:     throttle, stall (milliseconds, midway), nonsense, garbage, refuse (reason), breakOff, down,
          error (status, code, message, midway), empty, truncate,
          break (rule: ${RULES.join(", ")})
when:     times (default 1, 0: always), after (calls that go well first), match (text in path or body)`;
}
