/**
 * The project's test command: `npm test` runs everything, `npm run test:unit` only tests that start no processes. The last
 * line counts the tests of all suites.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { provideTools } from "./kit/tools.ts";

const root = join(import.meta.dirname, "..");

interface Counts {
    passed: number;
    failed: number;
    pending: number;
}

interface Report extends Counts {
    /** Each failed test: file, title, and how its error begins. */
    failures: string[];
    /** Milliseconds of each file's tests and hooks. */
    durations: Record<string, number>;
}

const NOTHING: Report = { passed: 0, failed: 0, pending: 0, failures: [], durations: {} };

/** Number of files that the end of a run names as its slowest. */
const SLOWEST_FILES = 12;

/** Files that take five minutes and more. They start first, so that none runs on alone when the others have ended. */
const LONG_FILES = [
    "local/wholeProgram.test.ts",
    "deployed/deployed.test.ts",
    "local/plainPulumi.test.ts",
    "local/replacements.test.ts",
    "examples.test.ts",
    "automation/adopt/adopt.test.ts",
];

/** A check that passes or fails as a whole. */
interface Check {
    title: string;
    command: string;
    args: string[];
}

const checks: Check[] = [
    { title: "Lint", command: "biome", args: ["check", "--error-on-warnings"] },
    { title: "Types", command: "tsc", args: ["--noEmit"] },
    { title: "Types of the images' code", command: "tsc", args: ["--noEmit", "-p", "docker"] },
    { title: "Types of the site", command: "tsc", args: ["--noEmit", "-p", "site"] },
];

/** Runs the checks in sequence, in parallel to the unit tests: the output of a check is printed at its end. */
async function runChecks(): Promise<Counts[]> {
    const all: Counts[] = [];
    for (const { title, command, args } of checks) {
        const options = { cwd: root, stdin: "ignore", all: true, reject: false, preferLocal: true } as const;
        const { failed, all: said } = await execa(command, args, options);
        console.log([`\n── ${title}`, said, `${title} ${failed ? "failed" : "passed"}`].filter(Boolean).join("\n"));
        all.push({ passed: failed ? 0 : 1, failed: failed ? 1 : 0, pending: 0 });
    }
    return all;
}

/**
 * Runs a folder of tests with mocha and counts what it reports.
 *
 * @param jobs number of parallel files; their output is printed file by file
 * @param first files that start before the others
 */
async function suite(folder: string, timeoutMs: number, jobs: number, first: string[] = []): Promise<Report> {
    console.log(`\n── ${folder}`);
    const work = mkdtempSync(join(tmpdir(), "story-42-tests-"));
    const report = join(work, "report.json");
    const files = testFiles(join(root, folder), first);
    if (files.length === 0) {
        console.log(`There are no tests in ${folder}`);
        return { ...NOTHING, failed: 1 };
    }
    try {
        const reporter = ["--reporter", join(root, "tests/reporter.cjs"), "--reporter-option", `output=${report}`];
        const parallel = jobs > 1 ? ["--parallel", "--jobs", String(jobs)] : [];
        const options = ["--timeout", String(timeoutMs), "--exit", ...parallel, ...reporter];
        const { exitCode } = await execa("mocha", [...options, ...files], {
            cwd: root,
            stdio: "inherit",
            reject: false,
            preferLocal: true,
        });
        const counts = readReport(report);
        // Mocha does not count a file that can't be loaded, or a process that dies, as a failed test.
        const broken = exitCode !== 0 && counts.failed === 0;
        return { ...counts, failed: counts.failed + (broken ? 1 : 0) };
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}

function testFiles(folder: string, first: string[]): string[] {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .sort();
    const missing = first.filter((name) => !names.includes(name));
    if (missing.length > 0) {
        throw new Error(`There is no ${missing.join(", ")} in ${folder}`);
    }
    return [...new Set([...first, ...names])].map((name) => join(folder, name));
}

function readReport(report: string): Report {
    try {
        return JSON.parse(readFileSync(report, "utf8"));
    } catch {
        return NOTHING;
    }
}

async function main([only]: string[]): Promise<number> {
    if (only !== undefined && only !== "unit") {
        console.error(`Usage: npm test, or npm run test:unit; there is no part "${only}"`);
        return 2;
    }
    const began = Date.now();
    const all: Counts[] = [];
    // Each of the two uses one core.
    const [unit, checked] = await Promise.all([suite("tests/unit", 20_000, 2), only ? [] : runChecks()]);
    all.push(...checked);
    if (!only) {
        console.log("\n── Tools");
        await provideTools();
    }
    // These tests start their own clouds on free ports, and mostly wait.
    const integration = only ? undefined : await suite("tests/integration", 600_000, 3, LONG_FILES);
    const suites = [unit, ...(integration ? [integration] : [])];
    all.push(...suites);
    const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
    const failures = suites.flatMap((one) => one.failures);
    if (failures.length > 0) {
        console.log(["\nFailed:", ...failures].join("\n"));
    }
    const durations = Object.entries(integration?.durations ?? {}).sort(([, one], [, other]) => other - one);
    if (durations.length > 0) {
        const lines = durations.slice(0, SLOWEST_FILES).map(([file, ms]) => `${Math.round(ms / 1000)} s  ${file}`);
        console.log(["\nThe slowest files:", ...lines].join("\n"));
    }
    const skipped = sum("pending") > 0 ? `, ${sum("pending")} skipped` : "";
    console.log(`\n${((Date.now() - began) / 1000).toFixed(0)} s`);
    console.log(`${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
    const ran = suites.every(({ passed, failed }) => passed + failed > 0);
    return sum("failed") === 0 && ran ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
