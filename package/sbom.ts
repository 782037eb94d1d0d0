/**
 * Prints the npm package's SBOM (`npm run sbom`): each package that is bundled or installed with it, with version, licence and
 * checksum, as CycloneDX. Peer dependencies belong to the program.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import manifest from "./package.json" with { type: "json" };

interface Bom {
    metadata: { component: Component };
    components: Component[];
    dependencies: { ref: string; dependsOn: string[] }[];
}

interface Component {
    "bom-ref": string;
    type: string;
    name: string;
    scope?: string;
    properties?: { name: string; value: string }[];
}

const root = join(import.meta.dirname, "..");
const output = execFileSync("npm", ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
});
const bom: Bom = JSON.parse(output);

// npm's own --omit=dev also omits packages that both the package and development need.
const isLeftOut = ({ scope, properties = [] }: Component) =>
    scope === "optional" || properties.some(({ name }) => name === "cdx:npm:package:development");
const components = bom.components.filter((component) => !isLeftOut(component));
const kept = new Set([bom.metadata.component["bom-ref"], ...components.map((component) => component["bom-ref"])]);
const dependencies = bom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
const component = { ...bom.metadata.component, type: "library", name: manifest.name, version: manifest.version };

console.log(JSON.stringify({ ...bom, metadata: { ...bom.metadata, component }, components, dependencies }, null, 2));
