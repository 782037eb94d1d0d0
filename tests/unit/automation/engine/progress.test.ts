import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { Progress } from "../../../../automation/engine/progress.ts";

const urn = (type: string, name: string) => `urn:pulumi:local::story-42::story42:index:StoryData$${type}::${name}`;
const bucket = urn("aws:s3/bucket:Bucket", "data-images-bucket");
const table = urn("aws:dynamodb/table:Table", "data-sessions-table");
const stack = "urn:pulumi:local::story-42::pulumi:pulumi:Stack::story-42-local";

function events(...parts: Partial<EngineEvent>[]): Progress {
    const progress = new Progress();
    for (const [sequence, part] of parts.entries()) {
        progress.see({ sequence, timestamp: 0, ...part });
    }
    return progress;
}
const metadata = (op: OpType, at: string) => ({ op, urn: at, type: "", provider: "" });
const begin = (op: OpType, at: string) => ({ resourcePreEvent: { metadata: metadata(op, at) } });
const end = (op: OpType, at: string) => ({ resOutputsEvent: { metadata: metadata(op, at) } });
const fail = (op: OpType, at: string) => ({ resOpFailedEvent: { metadata: metadata(op, at), status: 0, steps: 0 } });
const say = (severity: "error" | "info", message: string, at?: string) => ({
    diagnosticEvent: { severity, message, urn: at, color: "never" },
});

describe("The progress of a deployment", () => {
    it("counts what is to change, and leaves out what stays", () => {
        const progress = events(begin("create", bucket), begin("same", table), end("same", table));
        expect([...progress.begun.values()].map(({ name, type, op }) => ({ name, type, op }))).to.deep.equal([
            { name: "data-images-bucket", type: "aws:s3/bucket:Bucket", op: "create" },
        ]);
    });

    it("names what is running until it is done", () => {
        const progress = events(begin("create", bucket), begin("update", table));
        expect(progress.running().map(({ change }) => change.name)).to.have.members([
            "data-images-bucket",
            "data-sessions-table",
        ]);
        progress.see({ sequence: 9, timestamp: 0, ...end("create", bucket) });
        expect(progress.running().map(({ change }) => change.name)).to.deep.equal(["data-sessions-table"]);
        expect([...progress.done.values()].map(({ name }) => name)).to.deep.equal(["data-images-bucket"]);
    });

    it("keeps the reasons of a failure, without the engine's colours", () => {
        const progress = events(
            begin("create", bucket),
            say("error", "<{%fg 1%}>BucketAlreadyExists: taken<{%reset%}>\n", bucket),
            fail("create", bucket),
        );
        expect(progress.failures().map(({ name, op, reasons }) => ({ name, op, reasons }))).to.deep.equal([
            { name: "data-images-bucket", op: "create", reasons: ["BucketAlreadyExists: taken"] },
        ]);
        expect(progress.done.size).to.equal(0);
    });

    it("keeps what a resource's provider printed before it failed", () => {
        const progress = events(say("info", "#5 npm error 404", bucket), fail("create", bucket));
        expect(progress.outputOf(bucket)).to.deep.equal(["#5 npm error 404"]);
    });

    it("tells errors of the program from those of a resource", () => {
        const progress = events(
            say("error", "The stack's settings have a problem", stack),
            say("error", "update failed"),
        );
        expect(progress.errors).to.deep.equal(["The stack's settings have a problem"]);
        expect(progress.failures()).to.deep.equal([]);
    });
});
