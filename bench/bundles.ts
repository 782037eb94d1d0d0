/** Sizes of the functions' bundles, the same as in their images, and their time from process start to ready. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { median, type Row } from "./row.ts";

const STARTS = 5;
const READY_LIMIT_MS = 300;
const functions = { "story-text-regen": "1.5 MB", "story-image-regen": "2.5 MB", "data-ops": "1.5 MB" };

/** The variables that the functions need to start; they call nothing. */
const environment = {
    AWS_REGION: "us-east-1",
    ENVIRONMENT: "bench",
    DYNAMODB_TABLE_NAME: "sessions",
    COGNITO_CLIENT_ID: "the-sites-client",
    S3_BUCKET: "images",
    GOOGLE_API_KEY_SECRET_ARN: "arn:aws:secretsmanager:us-east-1:000000000000:secret:google",
};

/** Bundles one image's code as its Dockerfile does, and returns the path of the entry. */
export async function bundle(name: string, folder: string): Promise<string> {
    const out = join(folder, name);
    await execa(process.execPath, [join("docker", "bundle.mjs"), name, "--out", out], {
        cwd: join(import.meta.dirname, ".."),
    });
    return join(out, "index.mjs");
}

async function readyMs(entry: string): Promise<number> {
    const began = performance.now();
    await execa(process.execPath, ["-e", `import(${JSON.stringify(entry)}).then(() => process.exit())`], {
        env: environment,
    });
    return performance.now() - began;
}

/** Bytes of a bundle's code, without its source maps. */
export async function codeSize(folder: string): Promise<number> {
    const files = await readdir(folder, { recursive: true });
    const sizes = files
        .filter((file) => file.endsWith(".mjs"))
        .map(async (file) => (await stat(join(folder, file))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export async function measureBundles(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    try {
        const rows: Row[] = [];
        for (const [name, limit] of Object.entries(functions)) {
            const entry = await bundle(name, folder);
            const starts: number[] = [];
            for (let start = 0; start < STARTS; start += 1) {
                starts.push(await readyMs(entry));
            }
            rows.push({
                what: `${name}: bundle`,
                measured: `${((await codeSize(dirname(entry))) / 1e6).toFixed(2)} MB`,
                limit,
            });
            rows.push({
                what: `${name}: start to ready, median of ${STARTS}`,
                measured: `${Math.round(median(starts))} ms`,
                limit: `${READY_LIMIT_MS} ms`,
            });
        }
        return rows;
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
