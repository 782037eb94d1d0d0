import { hostname } from "node:os";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { type FailedRun, failureOf } from "../../../../automation/engine/failure.ts";
import { isDead } from "../../../../automation/engine/lock.ts";
import { Progress } from "../../../../automation/engine/progress.ts";
import {
    CancelledError,
    CredentialsError,
    EngineError,
    NoSuchStackError,
    ProviderError,
    SettingsError,
    StackLockedError,
} from "../../../../automation/index.ts";

const table = "urn:pulumi:dev::story-42::story42:index:StoryData$aws:dynamodb/table:Table::data-sessions-table";
const bucket = "urn:pulumi:dev::story-42::story42:index:StoryData$aws:s3/bucket:Bucket::data-images-bucket";

function progressOf(...events: Partial<EngineEvent>[]): Progress {
    const progress = new Progress();
    for (const event of events) {
        progress.see({ sequence: 0, timestamp: 0, ...event });
    }
    return progress;
}
const step = (urn: string) => ({ metadata: { op: "create" as const, urn, type: "", provider: "" } });
const say = (message: string, urn?: string) => ({
    diagnosticEvent: { severity: "error" as const, message, urn, color: "never" },
});

/** What a caller is told when a command ends with a message, or with an error. */
function told(error: Error | string, more: Partial<FailedRun> = {}): Error {
    const command = typeof error === "string" ? Object.assign(new Error(error), { name: "CommandError" }) : error;
    return failureOf({
        ...{ stack: "dev", operation: "up", progress: new Progress(), planned: undefined, cancelled: false },
        ...more,
        error: command,
    });
}

describe("A run that did not come to its end", () => {
    it("tells who locked the stack, and since when", () => {
        const error = told(
            "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///b/.pulumi/locks/organization/story-42/dev/1.json: created by ada@engine (pid 42) at 2026-11-02T10:00:00+01:00",
        ) as StackLockedError;
        expect(error).to.be.instanceOf(StackLockedError);
        expect(error.by).to.equal("ada@engine (pid 42)");
        expect(error.since?.toISOString()).to.equal("2026-11-02T09:00:00.000Z");
        // In a folder without a project, Pulumi takes the whole name alone.
        expect(error.advice).to.contain("pulumi cancel --stack organization/story-42/dev ").and.to.contain("unlock()");
    });

    it("knows that who holds a lock is dead only on this machine", () => {
        expect(isDead(`ada@${hostname()} (pid ${process.pid})`), "no engine").to.equal(true);
        expect(isDead(`ada@elsewhere.example (pid ${process.pid})`)).to.equal(false);
        const by = [`ada@${hostname()} (pid ${process.pid})`, "ada@elsewhere.example (pid 42)"];
        const locks = by.map((one) => `file:///b/1.json: created by ${one} at 2026-11-02T10:00:00+01:00`);
        const error = told(`error: the stack is currently locked by 2 lock(s).\n${locks.join("\n")}`);
        expect((error as StackLockedError).by).to.equal(by[1]);
    });

    it("says that the stack is locked where the backend does not say by whom", () => {
        const error = told("error: [409] Conflict: Another update is currently in progress.") as StackLockedError;
        expect(error).to.be.instanceOf(StackLockedError);
        expect(error.by).to.equal(undefined);
        expect(error.message).to.contain("locked by another update");
    });

    for (const [of, message] of [
        ["secrets", "error: constructing secrets manager: passphrase must be set with PULUMI_CONFIG_PASSPHRASE"],
        ["secrets", "error: incorrect passphrase"],
        ["backend", "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"],
        ["aws", "no valid credential sources for S3 Backend found"],
        ["aws", "operation error STS: ExpiredToken: The security token included in the request is expired"],
        ["aws", "InvalidClientTokenId: The security token included in the request is invalid."],
    ] as const) {
        it(`takes "${message.slice(0, 50)}..." for credentials of ${of}`, () => {
            for (const error of [told(message), told("up failed", { progress: progressOf(say(message, bucket)) })]) {
                expect(error).to.be.instanceOf(CredentialsError);
                expect((error as CredentialsError).of).to.equal(of);
                expect((error as CredentialsError).advice).to.not.equal("");
            }
        });
    }

    it("names the resource that a provider refused, with its reasons, and what was done before", () => {
        const planned = progressOf({ resourcePreEvent: step(table) }, { resourcePreEvent: step(bucket) });
        const progress = progressOf({ resOutputsEvent: step(table) }, say("BucketAlreadyExists: taken", bucket), {
            resOpFailedEvent: { ...step(bucket), status: 0, steps: 0 },
        });
        const error = told("up failed", { progress, planned }) as ProviderError;
        expect(error).to.be.instanceOf(ProviderError);
        expect(error.message).to.equal("create data-images-bucket (aws:s3/bucket:Bucket): BucketAlreadyExists: taken");
        expect(error.failures.map(({ urn }) => urn)).to.deep.equal([bucket]);
        expect(error.account.done.map(({ name }) => name)).to.deep.equal(["data-sessions-table"]);
        expect(error.account.notDone.map(({ name }) => name)).to.deep.equal(["data-images-bucket"]);
    });

    it("is cancelled when its caller stopped it, whatever the command said", () => {
        const error = told("error: update cancelled", { cancelled: true });
        expect(error).to.be.instanceOf(CancelledError);
    });

    it("keeps the program's own error, and the driver's", () => {
        expect(told(Object.assign(new Error("content is empty"), { name: "ArgumentError" })))
            .to.be.instanceOf(EngineError)
            .and.to.have.property("message", "content is empty");
        const settings = new SettingsError(["adminEmail is missing"]);
        expect(told(settings)).to.equal(settings);
    });

    it("says that there is no such stack", () => {
        expect(told(Object.assign(new Error("no stack named dev found"), { name: "StackNotFoundError" })))
            .to.be.instanceOf(NoSuchStackError)
            .and.to.have.property("message", "There is no stack dev.");
    });
});
