/** How an adoption goes about it, with an engine that is played. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { planAdoption } from "../../../../automation/adopt/adopt.ts";
import { physicalInstances } from "../../../../automation/adopt/match.ts";
import { AdoptionRefusedError } from "../../../../automation/adopt/refused.ts";
import { readTerraformState } from "../../../../automation/adopt/state.ts";
import { StateError } from "../../../../automation/adopt/stateError.ts";
import type { Context } from "../../../../automation/cli/command.ts";
import { adoptCommand } from "../../../../automation/cli/commands/adopt.ts";
import {
    type ChangeKind,
    type Changes,
    holdsData,
    ProviderError,
    type StoryStack,
} from "../../../../automation/index.ts";
import { checkSettings } from "../../../../stacks/checkSettings.ts";
import {
    learn,
    programOf,
    pulled,
    deploymentSettings as settings,
    stateFile,
} from "../../../kit/adopt/terraformState.ts";

const BALANCER = "aws:lb/loadBalancer:LoadBalancer::agent-load-balancer";
const LISTENER = "aws:lb/listener:Listener::agent-listener";

interface Played {
    /** What an import does not find. */
    missing?: string[];
    /** What the stack has already. */
    has?: Map<string, string>;
    more?: Record<string, unknown>;
}

/** A stack whose engine knows the ids of what it imports or has, and nothing else. */
class PlayedStack {
    readonly name = "dev";
    /** What was asked of the engine, in order. */
    readonly calls: { operation: string; imports: string[] }[] = [];
    readonly #played: Required<Played>;

    constructor({ missing = [], has = new Map(), more = {} }: Played = {}) {
        this.#played = { missing, has, more };
    }

    async settings() {
        return checkSettings({ ...settings, ...this.#played.more });
    }

    // biome-ignore lint/suspicious/noExplicitAny: what it plays has internal options
    async preview({ imports = {}, onEngineEvent }: any = {}) {
        this.calls.push({ operation: "preview", imports: Object.keys(imports) });
        const { missing, has } = this.#played;
        const absent = missing.find((key) => key in imports);
        const program = await programOf({ ...settings, ...this.#played.more });
        const known = new Map([...Object.entries<string>(imports), ...has]);
        for (const { urn, type, name, parent, inputs } of learn(program, known, instances)) {
            onEngineEvent?.({ resourcePreEvent: { metadata: { urn, op: "", type, new: { parent, inputs } } } });
            if (absent === `${type}::${name}`) {
                const reasons = [`resource '${imports[absent]}' does not exist`];
                const failure = { urn, type, name, step: "import", reasons, output: [] };
                throw new ProviderError([failure], { done: [], notDone: [] });
            }
        }
        const changes: Changes = { create: [], update: [], replace: [], delete: [], import: [], same: [] };
        for (const { urn, type, name } of program) {
            const key = `${type}::${name}`;
            const there = key in imports || has.get(key) === "old";
            const replaced = there && [BALANCER, LISTENER].includes(key);
            const kind: ChangeKind = replaced
                ? "replace"
                : has.has(key)
                  ? "same"
                  : key in imports
                    ? "import"
                    : "create";
            changes[kind].push({ urn, type, name, kind, properties: [] });
        }
        return { changes };
    }

    // biome-ignore lint/suspicious/noExplicitAny: what it plays has internal options
    async up({ imports = {} }: any = {}) {
        this.calls.push({ operation: "up", imports: Object.keys(imports) });
        for (const { type, name } of await programOf({ ...settings, ...this.#played.more })) {
            this.#played.has.set(`${type}::${name}`, "made");
        }
    }

    async protectData() {
        this.calls.push({ operation: "protect", imports: [] });
    }

    async takeOver(existing: { type: string; name: string; parents: { name: string }[] }[]) {
        const imports = existing.map(({ type, name }) => `${type}::${name}`);
        this.calls.push({ operation: `take over into ${existing[0]?.parents.map(({ name }) => name)}`, imports });
        for (const key of imports) {
            this.#played.has.set(key, "old");
        }
    }

    get story(): StoryStack {
        return this as unknown as StoryStack;
    }
}

const instances = physicalInstances(readTerraformState(pulled(stateFile()), "x"));
const planFor = (stack: PlayedStack, state: unknown = stateFile()) =>
    planAdoption(stack.story, { content: pulled(state), from: "the.tfstate" });

describe("an adoption", function () {
    this.timeout(60_000);

    it("previews until nothing more is found, and changes nothing for its plan", async () => {
        const stack = new PlayedStack();
        const { plan } = await planFor(stack);
        expect(stack.calls.map(({ operation }) => operation)).to.deep.equal(["preview", "preview", "preview"]);
        const counts = stack.calls.map(({ imports }) => imports.length);
        expect(counts[0]).to.equal(0);
        expect(counts[1]).to.be.greaterThan(40);
        expect(counts[2]).to.be.greaterThan(counts[1] ?? 0);
        expect(plan.asIs.filter(({ type }) => holdsData(type)).length).to.equal(8);
        expect(plan.replaced.map(({ name }) => name).sort()).to.deep.equal(["agent-listener", "agent-load-balancer"]);
    });

    it("makes what can't be changed the stack's own first, then imports the rest and changes all", async () => {
        const stack = new PlayedStack();
        const { apply } = await planFor(stack);
        expect(await apply()).to.deep.equal({ clean: true });
        const [before, first, second, again, third] = stack.calls.slice(3);
        expect(before?.operation).to.equal("protect");
        expect(first).to.deep.include({ operation: "take over into agent" });
        expect(first?.imports.sort()).to.deep.equal([LISTENER, BALANCER].sort());
        expect(second?.operation).to.equal("up");
        expect(second?.imports).to.include("aws:dynamodb/table:Table::data-sessions-table");
        expect(second?.imports).not.to.include(BALANCER);
        // What was replaced could not be protected meanwhile.
        expect(again).to.deep.equal({ operation: "up", imports: [] });
        expect(third).to.deep.equal({ operation: "preview", imports: [] });
    });

    it("goes on without what the account has no more", async () => {
        const missing = [
            "aws:apigateway/integration:Integration::api-generate-story-options-mock",
            "aws:apigateway/integrationResponse:IntegrationResponse::api-generate-story-options-mock-200",
        ];
        const stack = new PlayedStack({ missing });
        const { plan, apply } = await planFor(stack);
        expect(plan.madeNew.filter(({ reason }) => reason).map(({ type, name }) => `${type}::${name}`)).to.deep.equal(
            missing,
        );
        await apply();
        const { imports = [] } = stack.calls.find(({ operation }) => operation === "up") ?? {};
        expect(imports.filter((key) => missing.includes(key))).to.deep.equal([]);
    });

    it("imports nothing again that the stack has from an adoption that was cut off", async () => {
        const has = new Map([
            ["aws:dynamodb/table:Table::data-sessions-table", "made"],
            [BALANCER, "old"],
            [LISTENER, "old"],
        ]);
        const had = [...has.keys()];
        const stack = new PlayedStack({ has });
        const { plan, apply } = await planFor(stack);
        const already = [...plan.asIs, ...plan.replaced].filter((one) => one.already).map(({ name }) => name);
        expect(already.sort()).to.deep.equal(["agent-listener", "agent-load-balancer", "data-sessions-table"]);
        await apply();
        const imported = stack.calls.flatMap(({ imports }) => imports);
        expect(imported.filter((key) => had.includes(key))).to.deep.equal([]);
        expect(stack.calls.filter(({ operation }) => operation.startsWith("take over"))).to.deep.equal([]);
    });

    it("does nothing when its plan is refused", async () => {
        const stack = new PlayedStack({ more: { userPoolDomain: "another" } });
        const { apply } = await planFor(stack);
        const error = await apply().catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(AdoptionRefusedError);
        expect((error as AdoptionRefusedError).message).to.contain("aws_cognito_user_pool_domain.main would be missed");
        expect(new Set(stack.calls.map(({ operation }) => operation))).to.deep.equal(new Set(["preview"]));
    });

    it("asks the engine nothing about a state that can't be taken", async () => {
        const stack = new PlayedStack();
        const error = await planFor(stack, { version: 3, modules: [] }).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(StateError);
        expect(stack.calls).to.deep.equal([]);
    });

    describe("by the command line", () => {
        let folder: string;
        let file: string;
        beforeEach(() => {
            folder = mkdtempSync(join(tmpdir(), "story-42-"));
            file = join(folder, "terraform.tfstate");
            writeFileSync(file, pulled(stateFile()));
        });
        afterEach(() => rmSync(folder, { recursive: true }));
        /** Runs the command; what it says on the way goes nowhere. */
        const run = async (stack: PlayedStack, yes: true | undefined, state = file) => {
            const context = { stack: async () => ({ story: stack.story }), yes, signal: new AbortController().signal };
            const { write } = process.stderr;
            process.stderr.write = () => true;
            try {
                return (await adoptCommand.run(context as unknown as Context, {}, state)) as { applied: boolean };
            } finally {
                process.stderr.write = write;
            }
        };

        it("prints the plan, and applies it with --yes alone", async () => {
            const looked = new PlayedStack();
            const planned = await run(looked, undefined);
            expect(planned.applied).to.equal(false);
            expect(adoptCommand.result.safeParse(planned).error).to.equal(undefined);
            expect(adoptCommand.text(planned)).to.match(/^story-42 \(dev\)[\s\S]*--yes applies this plan\.$/);
            expect(looked.calls.map(({ operation }) => operation)).not.to.include("up");

            const applied = await run(new PlayedStack(), true);
            expect(applied).to.include({ applied: true, clean: true });
            expect(adoptCommand.text(applied)).to.contain("'module.dynamodb");
            expect(adoptCommand.exitCode?.(applied)).to.equal(0);
        });

        it("ends as refused, with the plan, though --yes is given", async () => {
            const stack = new PlayedStack({ more: { userPoolDomain: "another" } });
            const planned = await run(stack, true);
            expect(planned.applied).to.equal(false);
            expect(adoptCommand.exitCode?.(planned)).to.equal(3);
            expect(adoptCommand.text(planned)).to.match(/REFUSED[\s\S]*Nothing was changed\.$/);
            expect(stack.calls.map(({ operation }) => operation)).not.to.include("up");
        });

        it("says that a file is not there", async () => {
            const error = await run(new PlayedStack(), true, join(folder, "none")).catch((reason: unknown) => reason);
            expect((error as StateError).message).to.match(/^There is no file /);
        });
    });
});
