/** The gateway as a process: `--socket PATH --region REGION --port PORT --store FILE`. */
import { parseArgs } from "node:util";
import { allowLostOutput } from "../lostOutput.ts";
import { cases } from "./cases/index.ts";
import { startGateway } from "./gateway.ts";

allowLostOutput();
const { values } = parseArgs({
    options: {
        socket: { type: "string", default: "" },
        region: { type: "string", default: "us-east-1" },
        port: { type: "string", default: "0" },
        store: { type: "string", default: "" },
    },
});
void startGateway({
    socket: values.socket,
    region: values.region,
    storePath: values.store,
    port: Number(values.port),
    cases,
}).then((gateway) => {
    console.log(`The gateway is at ${gateway.url}, MiniStack at ${values.socket}`);
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
        process.on(signal, () => void gateway.stop().then(() => process.exit(0)));
    }
});
