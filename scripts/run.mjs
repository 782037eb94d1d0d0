/**
 * Runs one of the project's TypeScript files with nothing installed yet: `node scripts/run.mjs FILE [ARGUMENTS]`.
 * Plain JavaScript that older Node versions run too, since it installs the Node that runs everything else.
 */
import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import nodeVersion from "../stacks/nodeVersion.cjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Whether a signal to stop has come. */
let stopped = false;

/** Runs a command in the foreground; resolves to its exit code, as a shell's. */
function run(command, args, options = {}) {
    return new Promise((resolve, reject) => {
        // Signals are forwarded to the child, and this process waits for it; registered first, so that no signal is missed.
        let child;
        const handlers = signals.map((signal) => [
            signal,
            () => {
                stopped = true;
                child?.kill(signal);
            },
        ]);
        for (const [signal, handler] of handlers) {
            process.on(signal, handler);
        }
        child = spawn(command, args, { stdio: "inherit", ...options });
        child.on("error", reject);
        child.on("close", (code, signal) => {
            for (const [name, handler] of handlers) {
                process.off(name, handler);
            }
            resolve(signal ? 128 + constants.signals[signal] : code);
        });
    });
}

/** Whether a folder's packages are missing or older than its lock file. */
function isStale(folder) {
    const packages = join(root, folder, "node_modules");
    // `npm ci` would empty what a link leads to, which is another checkout's.
    if (existsSync(packages) && lstatSync(packages).isSymbolicLink()) {
        return false;
    }
    const lock = join(root, folder, "package-lock.json");
    const installed = join(root, folder, "node_modules/.package-lock.json");
    return existsSync(lock) && !(existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs);
}

/**
 * Installs a folder's packages with the Node that will run them: npm skips packages that do not support the Node that runs npm.
 * That Node is one of the project's packages, which `npm ci` replaces as a whole: for them, npm fetches it separately.
 */
async function install(folder, node) {
    const where = folder === "." ? "the project" : `${folder}/`;
    console.error(`Installing the packages of ${where} (npm ci) ...`);
    const started = Date.now();
    const marker = join(root, folder, "node_modules/.package-lock.json");
    const npmCi = ["npm", "ci", "--no-audit", "--no-fund"];
    const [command, ...args] =
        folder === "." && node.package ? ["npm", "exec", "--yes", `--package=${node.package}`, "--", ...npmCi] : npmCi;
    const code = await run(command, args, {
        cwd: join(root, folder),
        stdio: ["ignore", "inherit", "inherit"],
        // `npm test --silent` must not silence what goes wrong here.
        env: { ...process.env, PATH: `${dirname(node.path)}:${process.env.PATH}`, npm_config_loglevel: "warn" },
        shell: process.platform === "win32",
    }).catch((error) => {
        const why = error.code === "ENOENT" ? "there is no npm on the PATH; it comes with Node" : error.message;
        console.error(`The packages of ${where} can't be installed: ${why}.`);
        process.exit(1);
    });
    if (stopped) {
        rmSync(marker, { force: true });
        console.error("Stopped. Run the command again: it starts over with the packages.");
        process.exit(130);
    }
    if (code !== 0) {
        // An incomplete installation must not look complete at the next start.
        rmSync(marker, { force: true });
        console.error(`npm ci in ${where} ended with ${code}; its output is above. It needs an npm registry.`);
        process.exit(code > 128 ? code : 1);
    }
    if (isStale(folder)) {
        mkdirSync(dirname(marker), { recursive: true });
        writeFileSync(marker, "{}", { flag: "a" });
    }
    console.error(`Installed the packages of ${where} in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
}

/** The Node that runs everything: the current one, or else that of the project's packages, which lack some platforms. */
function nodeToUse() {
    if (!nodeVersion.problem) {
        return { path: process.execPath };
    }
    const name = `node-${process.platform}-${process.arch}`;
    const { optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    if (name in optionalDependencies) {
        return { path: join(root, "node_modules", name, "bin/node"), package: `${name}@${optionalDependencies[name]}` };
    }
    console.error(nodeVersion.problem);
    process.exit(1);
}

async function main([script, ...args]) {
    if (!script) {
        console.error("Usage: node scripts/run.mjs FILE [ARGUMENTS]");
        return 2;
    }
    const node = nodeToUse();
    for (const folder of [".", "docker", "site"]) {
        if (isStale(folder)) {
            await install(folder, node);
        }
    }
    if (!existsSync(node.path)) {
        console.error(`${nodeVersion.problem} None came with the packages: were optional ones left out?`);
        return 1;
    }
    const PATH = `${dirname(node.path)}:${join(root, "node_modules/.bin")}:${process.env.PATH}`;
    // Node's compile cache, with types stripped, speeds up the next command.
    const NODE_COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules/.cache/node");
    return run(node.path, [join(root, script), ...args], { env: { ...process.env, PATH, NODE_COMPILE_CACHE } });
}

process.exit(await main(process.argv.slice(2)));
