import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type Meaning, meaningOf, type Table } from "../../../../../local/runtime/dev/meaning.ts";
import { Sources } from "../../../../../local/runtime/dev/sources.ts";

const root = join(import.meta.dirname, "../../../../..");

const nothing: Meaning = { images: [], site: false, program: false };

/** What each file of the project means, by what everything is really made of. */
const meanings: Record<string, Meaning> = {
    "docker/story-text-regen/handlers.ts": { ...nothing, images: ["text"] },
    "docker/story-image-regen/handlers.ts": { ...nothing, images: ["image"] },
    "docker/data-ops/export.ts": { ...nothing, images: ["dataOps"] },
    "docker/story-generator/pipeline/pipeline.ts": { ...nothing, images: ["agent"] },
    "docker/shared/apiHandler.ts": { ...nothing, images: ["text", "image"] },
    "docker/shared/tts.ts": { ...nothing, images: ["agent"] },
    "contract/agentRoutes.ts": { ...nothing, images: ["agent"] },
    "contract/operations.ts": { images: ["text", "image", "dataOps", "agent"], site: false, program: true },
    "site/src/App.tsx": { ...nothing, site: true },
    "site/src/base.css": { ...nothing, site: true },
    "site/index.html": { ...nothing, site: true },
    "site/public/icon.svg": { ...nothing, site: true },
    "site/vite.config.ts": { ...nothing, deploy: "how the site is built" },
    "site/package.json": { ...nothing, deploy: "a dependency" },
    "docker/package-lock.json": { ...nothing, deploy: "a dependency" },
    "docker/bundle.mjs": { ...nothing, deploy: "how images are built" },
    "docker/story-generator/Dockerfile": { ...nothing, deploy: "how the agent service is built" },
    "package.json": { ...nothing, deploy: "a dependency" },
    "Pulumi.local.yaml": { ...nothing, deploy: "a setting" },
    "Pulumi.prod.yaml": nothing,
    "components/auth.ts": { ...nothing, program: true, deploy: "a component" },
    "stacks/story42.ts": { ...nothing, program: true, deploy: "the stack's program" },
    "index.ts": { ...nothing, program: true, deploy: "the stack's program" },
    "local/runtime/frontDoor.ts": { ...nothing, restart: "the local cloud itself is made of it" },
    "standins/gateway/gateway.ts": { ...nothing, restart: "the local cloud itself is made of it" },
    "local/runtime/dev/watcher.ts": { ...nothing, restart: "the local cloud itself is made of it" },
    "README.md": nothing,
    "tests/unit/local/runtime/dev/meaning.test.ts": nothing,
    "docker/story-generator/notThereYet.ts": nothing,
};

describe("A saved file", function () {
    this.timeout(60_000);
    let stateDir: string;
    let sources: Sources;
    let table: Table;

    before(async () => {
        stateDir = mkdtempSync(join(tmpdir(), "story-42-dev-"));
        sources = await Sources.open(root, stateDir);
        table = sources.table();
    });
    after(async () => {
        await sources.close();
        rmSync(stateDir, { recursive: true });
    });

    for (const [path, meaning] of Object.entries(meanings)) {
        it(`means what is made of it: ${path}`, () => {
            expect(meaningOf(path, table)).to.deep.equal(meaning);
        });
    }
});
