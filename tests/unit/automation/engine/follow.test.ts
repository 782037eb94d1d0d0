import { once } from "node:events";
import { expect } from "chai";
import { follow } from "../../../../automation/engine/follow.ts";

describe("Who follows an operation", () => {
    const failing: [string, () => unknown][] = [
        [
            "throws",
            () => {
                throw new Error("from onEvent");
            },
        ],
        ["rejects", async () => Promise.reject(new Error("from onEvent"))],
    ];
    for (const [what, onEvent] of failing) {
        it(`and ${what} does not stop it, and the process warns of it, once`, async () => {
            const warnings: Error[] = [];
            const listen = (warning: Error) => warnings.push(warning);
            process.on("warning", listen);
            try {
                const warned = once(process, "warning");
                const metadata = { op: "create" as const, urn: "urn:pulumi:a::b::c:d:E::f", type: "", provider: "" };
                const progress = await follow({
                    ...{ stack: "dev", operation: "up", options: { onEvent } },
                    run: async (tell) => tell({ sequence: 0, timestamp: 0, resOutputsEvent: { metadata } }),
                });
                expect(progress.done.size).to.equal(1);
                await warned;
                await new Promise((resolve) => setImmediate(resolve));
                const own = warnings.filter(({ name }) => name === "StoryWarning");
                expect(own).to.have.length(1);
                expect(own[0]?.message).to.contain("up of dev").and.to.contain("from onEvent");
            } finally {
                process.off("warning", listen);
            }
        });
    }
});
