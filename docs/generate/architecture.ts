/** `docs/architecture.md`: diagrams in Mermaid, drawn from what the program of a development stack registers. */

import biome from "../../biome.json" with { type: "json" };
import type { Registered, Registrations } from "../../tests/kit/monitor.ts";
import { shortType } from "./text.ts";

/** The types of resources that a diagram shows; an arrow may span resources of other types. */
const shown = new Set([
    "aws:apigateway/stage:Stage",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudfront/vpcOrigin:VpcOrigin",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:ecs/service:Service",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:lambda/alias:Alias",
    "aws:lambda/function:Function",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:s3/bucket:Bucket",
    "aws:secretsmanager/secret:Secret",
    "awsx:ec2:Vpc",
    "docker-build:index:Image",
]);

type Edges = Map<string, Set<string>>;

/** Draws the graph of one stack. */
class Diagrams {
    readonly #stack: Registrations;
    readonly #byName: Map<string, Registered>;

    constructor(stack: Registrations) {
        this.#stack = stack;
        this.#byName = new Map(stack.all.map((one) => [one.name, one]));
        if (this.#byName.size !== stack.all.length) {
            throw new Error(
                "two resources of the stack have the same logical name, which its graph tells them apart by",
            );
        }
    }

    /** The order of creation: an arrow goes from a resource to those that use its outputs. */
    order(): string {
        const before: Edges = new Map();
        for (const { name, type } of this.#stack.all) {
            if (shown.has(type)) {
                before.set(name, this.#shownBefore(name, new Set()));
            }
        }
        const direct = transitiveReduction(before);
        const arrows = [...direct].flatMap(([name, from]) => [...from].map((one) => `${idOf(one)} --> ${idOf(name)}`));
        return mermaid("flowchart LR", [...this.#boxes([...before.keys()]), ...arrows.sort()]);
    }

    /** The dependencies at run time, from the permissions that the stack gives. */
    use(): string {
        const uses: Edges = new Map();
        const add = (from: string, to: string) => uses.set(from, (uses.get(from) ?? new Set()).add(to));
        for (const policy of this.#stack.ofType("aws:iam/rolePolicy:RolePolicy")) {
            this.#usesByPolicy(policy, add);
        }
        const stage = this.#stack.one("aws:apigateway/stage:Stage").name;
        const distribution = this.#stack.one("aws:cloudfront/distribution:Distribution").name;
        for (const permission of this.#stack.ofType("aws:lambda/permission:Permission")) {
            add(stage, this.#functionOf(this.#dependency(permission, "aws:lambda/alias:Alias")));
        }
        for (const authorizer of this.#stack.ofType("aws:apigateway/authorizer:Authorizer")) {
            add(stage, this.#dependency(authorizer, "aws:cognito/userPool:UserPool"));
        }
        for (const policy of this.#stack.ofType("aws:s3/bucketPolicy:BucketPolicy")) {
            if (policy.dependsOn.includes(distribution)) {
                add(distribution, this.#dependency(policy, "aws:s3/bucket:Bucket"));
            }
        }
        for (const origin of this.#stack.ofType("aws:cloudfront/vpcOrigin:VpcOrigin")) {
            const balancer = this.#dependency(origin, "aws:lb/loadBalancer:LoadBalancer");
            add(distribution, balancer);
            add(balancer, this.#stack.one("aws:ecs/service:Service").name);
        }
        if (this.#stack.one("aws:ecs/taskDefinition:TaskDefinition").dependsOn.includes(stage)) {
            add(this.#stack.one("aws:ecs/service:Service").name, stage);
        }
        const arrows = [...uses].flatMap(([from, to]) => [...to].map((one) => `${idOf(from)} --> ${idOf(one)}`));
        const resources = [...new Set([...uses].flatMap(([from, to]) => [from, ...to]))].filter((it) => it !== BEDROCK);
        return mermaid("flowchart LR", [
            "browser([Browser])",
            "clients([Other clients])",
            `${idOf(BEDROCK)}([Amazon Bedrock])`,
            ...this.#boxes(resources),
            `browser --> ${idOf(distribution)}`,
            `clients --> ${idOf(stage)}`,
            ...arrows.sort(),
        ]);
    }

    #usesByPolicy(policy: Registered, add: (from: string, to: string) => void): void {
        const role = this.#dependency(policy, "aws:iam/role:Role");
        const user = this.#userOf(role);
        if (!user) {
            return;
        }
        for (const name of policy.dependsOn) {
            const { type } = this.#resource(name);
            if (shown.has(type) && type !== "aws:ecr/repository:Repository") {
                add(user, this.#functionOf(name));
            }
        }
        if (String(policy.inputs.policy).includes('"bedrock:InvokeModel"')) {
            add(user, BEDROCK);
        }
    }

    /** The function or service that runs with a role: the one in the same component. */
    #userOf(role: string): string | undefined {
        const { parent } = this.#resource(role);
        const types = ["aws:lambda/function:Function", "aws:ecs/service:Service"];
        return this.#stack.all.find((one) => one.parent === parent && types.includes(one.type))?.name;
    }

    /** Replaces an alias by its function. */
    #functionOf(name: string): string {
        const one = this.#resource(name);
        return one.type === "aws:lambda/alias:Alias" ? this.#dependency(one, "aws:lambda/function:Function") : name;
    }

    #dependency(of: Registered, type: string): string {
        const found = of.dependsOn.find((name) => this.#resource(name).type === type);
        if (!found) {
            throw new Error(`${of.type} ${of.name} depends on no ${type}`);
        }
        return found;
    }

    #resource(name: string): Registered {
        const found = this.#byName.get(name);
        if (!found) {
            throw new Error(`the stack has no resource ${name}`);
        }
        return found;
    }

    #shownBefore(name: string, seen: Set<string>): Set<string> {
        const found = new Set<string>();
        for (const one of this.#resource(name).dependsOn.filter((it) => !seen.has(it))) {
            seen.add(one);
            const inner = shown.has(this.#resource(one).type) ? [one] : this.#shownBefore(one, seen);
            for (const each of inner) {
                found.add(each);
            }
        }
        return found;
    }

    /** Draws each resource in the box of its top-level component. */
    #boxes(names: string[]): string[] {
        const components = [...new Set(names.map((name) => this.#top(name)))].sort();
        const box = (name: string) => `    ${idOf(name)}["${shortType(this.#resource(name).type)}<br>${name}"]`;
        return components.flatMap((component) => [
            `subgraph ${component}_["${component} (${shortType(this.#resource(component).type)})"]`,
            ...names
                .filter((name) => this.#top(name) === component)
                .sort()
                .map(box),
            "end",
        ]);
    }

    #top(name: string): string {
        const { parent } = this.#resource(name);
        return parent === "" ? name : this.#top(parent);
    }
}

const BEDROCK = "bedrock";

/** Removes each arrow that a longer path makes redundant. */
function transitiveReduction(before: Edges): Edges {
    const all = (name: string): Set<string> => {
        const direct = before.get(name) ?? new Set<string>();
        return new Set([...direct, ...[...direct].flatMap((one) => [...all(one)])]);
    };
    return new Map(
        [...before].map(([name, from]) => {
            const indirect = new Set([...from].flatMap((one) => [...all(one)]));
            return [name, new Set([...from].filter((one) => !indirect.has(one)))];
        }),
    );
}

/** A valid identifier for Mermaid, also for names with the keyword `end`. */
function idOf(name: string): string {
    return `r_${name.replaceAll(/\W/g, "_")}`;
}

function mermaid(kind: string, lines: string[]): string {
    return ["```mermaid", kind, ...lines.map((line) => `    ${line}`), "```"].join("\n");
}

/** The content of each folder, in the order of their dependencies. */
const FOLDERS: Record<string, string> = {
    contract: "the HTTP contract: routes, bodies, answers, models",
    components: "the library",
    stacks: "what a stack is: settings and their checks, the composition, the outputs",
    provider: "the components for other languages",
    docker: "the code of the four images",
    site: "the web application; of the contract its types alone",
    standins: "what stands in for services that are not there",
    eval: "grades prompts and models on golden wishes",
    automation: "the driver, the command line on top of it, taking over a Terraform deployment",
    plugins: "Pulumi's plugins, for machines that can't have its own",
    local: "the local cloud; of the site `runtime/dev/` alone",
};

/** The folders that a folder may import from: those that its lint rule does not forbid. */
function importableBy(folder: string): string[] {
    const rule = biome.overrides.find(({ includes }) => includes.includes(`${folder}/**`));
    const forbidden = rule?.linter.rules.style.noRestrictedImports.options.patterns.flatMap(({ group }) => group);
    return Object.keys(FOLDERS).filter((other) => other !== folder && !forbidden?.includes(`../**/${other}/**`));
}

function folderTable(): string {
    const rows = Object.entries(FOLDERS).map(([folder, holds]) => {
        const known = importableBy(folder).map((other) => `\`${other}/\``);
        return `| \`${folder}/\` | ${holds} | ${known.join(", ") || "none"} |`;
    });
    return ["| Folder | Holds | May import from |", "|---|---|---|", ...rows].join("\n");
}

/** The page. */
export function architecturePage(dev: Registrations): string {
    const diagrams = new Diagrams(dev);
    const components = dev.all.filter(({ parent, type }) => parent === "" && type.startsWith("story42:"));
    return `# Architecture

## Which folder knows which

Imports go one way. \`index.ts\` makes what \`stacks/\` composes of \`components/\`; \`tests/\`, \`bench/\` and \`docs/generate\` may
import from everywhere, and nothing from them, but these from \`tests/kit/\`, which holds what tests start and no tests. A
unit test stands in \`tests/unit/\` where its source does, under its name. \`npm run lint\` refuses an import that goes
another way.

${folderTable()}

The local cloud has rooms of its own: \`commands/\` is what a person calls, \`cloud/\` a stack on this machine, \`background/\` what
runs on after a command, \`images/\` leads from an image to files, \`runtime/\` from files to processes, of what is deployed and,
with \`npm run dev\` (\`runtime/dev/\`), of what is saved, \`tools/\` brings the programs that are downloaded or built, and \`lib/\` is what
all of them share.

## What a stack is made of

Drawn by \`npm run docs\` from what the program of a development stack registers: ${dev.all.length} resources in
${components.length} components. The diagrams show the resources that matter most, each in the component that makes it;
[the components' pages](components/README.md) list all.

## Who uses what

An arrow is a permission or a route that the stack makes: an IAM policy, a Lambda permission, an authorizer, an origin of
CloudFront, the API's address in the service's environment. Beside these all write logs, the functions traces and dead
letters too; the image function calls the Gemini API, and the agent service DuckDuckGo and the text-to-speech API.

${diagrams.use()}

CloudFront (and Route 53, with a domain of one's own) stands in front of everything that a browser loads: \`/\` is the site in S3, \`/api/*\` goes through
a VPC origin to the internal load balancer, so that the service has no public entrance of its own. The REST API is called
at its own address, by other clients and by the agents as their tool.

A browser can install the site. Its service worker (\`site/src/offline/\`) keeps the site's own files, for when there is no network; stories
that were opened the pages keep themselves, each person's in a cache of theirs, and show them only when the service can't be reached.

## What is made before what

An arrow goes from a resource to one that takes its outputs, over others where need be; outputs alone decide the order of
work. So a changed source file changes its image, what runs that image, and nothing else.

${diagrams.order()}
`;
}
