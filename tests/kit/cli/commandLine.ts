import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "chai";
import { type Answers, atTerminal } from "./terminal.ts";

const schema = JSON.parse(readFileSync("docs/cli-schema.json", "utf8"));
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema(schema, "cli");

/** How a run of `story42` ended. */
export interface Ended {
    code: number;
    out: string;
    err: string;
}

interface Named {
    name: string;
}

/** The printed fields that tests read. The published schema says which fields a command has. */
export interface Printed {
    stack: string;
    ok: boolean;
    error: {
        code: string;
        message: string;
        details: { resources: Named[]; done: Named[]; notDone: Named[] };
    };
    outputs: Record<string, unknown>;
    changes: { update: (Named & { properties: string[] })[]; delete: Named[] };
    losses: (Named & { kind: string; announced: object | null })[];
    healthy: boolean;
    functions: { image: { matches: boolean } }[];
    service: { desired: number; running: number; paused: boolean };
    images: (Named & { image: string; ok: boolean })[];
    checks: { check: string; status: string; found: string; todo?: string }[];
    to: number;
    by: string;
    groups: unknown[];
    total: { calls: number; usd: number };
    token: string;
    expiresAt: string;
    script: string;
    plan: {
        asIs: Named[];
        changed: (Named & { already: boolean; properties: string[] })[];
    };
    applied: boolean;
    verdict: string;
    grades: { modelId: string; tokens: { in: number } }[];
}

/** The command line as processes, in one project's folder and environment. */
export class CommandLine {
    /** Commands whose result has matched the published schema. */
    readonly valid = new Set<string>();
    readonly #folder: string;
    readonly #env: NodeJS.ProcessEnv;

    constructor(folder: string, env: Record<string, string>) {
        this.#folder = folder;
        this.#env = { ...process.env, ...env };
    }

    get #command(): string[] {
        return [process.execPath, join(this.#folder, "automation/cli/main.ts")];
    }

    /** Starts a command; `seen` waits until stderr or stdout contains a text. */
    start(args: readonly string[], env: Record<string, string> = {}) {
        const [node = "", ...rest] = this.#command;
        const child = spawn(node, [...rest, ...args], {
            cwd: this.#folder,
            env: { ...this.#env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const said = { out: "", err: "" };
        const watchers = new Set<() => void>();
        const listen = (name: "out" | "err") => (data: Buffer) => {
            said[name] += data;
            for (const watch of watchers) {
                watch();
            }
        };
        child.stdout.on("data", listen("out"));
        child.stderr.on("data", listen("err"));
        const ended = new Promise<Ended>((resolve) => {
            child.once("close", (code, signal) => resolve({ code: signal ? 137 : (code ?? 1), ...said }));
        });
        const seen = async (pattern: RegExp) => {
            const there = () => pattern.test(said.out) || pattern.test(said.err);
            const shown = new Promise<void>((resolve) => {
                const watch = () => there() && resolve();
                watchers.add(watch);
                watch();
            });
            await Promise.race([shown, ended]);
            expect(there(), `${pattern} in\n${said.out}\n${said.err}`).to.equal(true);
        };
        return { child, ended, seen };
    }

    /** Runs a command to its end. */
    async run(...args: string[]): Promise<Ended> {
        return await this.start(args).ended;
    }

    /** Runs a command with `--json`; checks that stdout is one document of the published schema. */
    async json(args: readonly string[], { code = 0, env = {} } = {}): Promise<Printed> {
        const ended = await this.start([...args, "--json"], env).ended;
        expect(ended.code, `${ended.out}\n${ended.err}`).to.equal(code);
        const result = JSON.parse(ended.out);
        this.check("error" in result ? "failure" : (args[0] ?? ""), result);
        return result;
    }

    /** Fails unless a command's result matches the schema. */
    check(command: string, result: unknown): void {
        const validate = ajv.getSchema(`cli#/$defs/${command}`);
        expect(validate, `a schema of ${command}`).to.be.a("function");
        expect(validate?.(result), JSON.stringify(validate?.errors, null, 2)).to.equal(true);
        this.valid.add(command);
    }

    /** Runs a command at a terminal. */
    async atTerminal(args: readonly string[], answers: Answers) {
        return await atTerminal([...this.#command, ...args], { cwd: this.#folder, env: this.#env, answers });
    }
}
