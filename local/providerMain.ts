/** The provider server as a process: `--endpoint URL --region REGION --port PORT --journal FILE`. */
import { parseArgs } from "node:util";
import { noteCreated } from "./journal.ts";
import { startProviderServer } from "./provider/server.ts";

const { values } = parseArgs({
    options: {
        endpoint: { type: "string", default: "" },
        region: { type: "string", default: "" },
        port: { type: "string", default: "0" },
        journal: { type: "string", default: "" },
    },
});
await startProviderServer({
    endpoint: values.endpoint,
    region: values.region,
    port: Number(values.port),
    onCreated: (urn, id) => noteCreated(values.journal, urn, id),
});
