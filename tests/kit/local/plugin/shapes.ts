/** Arguments in a plugin's schema and in the declarations of @pulumi/aws, in one form for comparison. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** The type of an argument. */
export type Shape =
    | { kind: "list" | "map"; of: Shape }
    /** Arguments by name; `type` is the name of the interface or schema type. */
    | { kind: "block"; type: string; members: () => Members }
    | { kind: "string" | "number" | "boolean" | "any" | "asset" | "archive" | "string or block" };

export type Members = Record<string, { shape: Shape; required: boolean }>;

/** A property type in Pulumi's package schema. */
interface TypeSpec {
    type?: string;
    items?: TypeSpec;
    additionalProperties?: TypeSpec;
    $ref?: string;
}

interface ObjectSpec {
    properties?: Record<string, TypeSpec>;
    required?: string[];
}

/** The `schema.json` of a plugin. */
export interface PackageSchema {
    resources: Record<string, { inputProperties?: Record<string, TypeSpec>; requiredInputs?: string[] }>;
    functions: Record<string, { inputs?: ObjectSpec }>;
    types: Record<string, ObjectSpec>;
}

/** The arguments of a resource type or a function in a schema. */
export function argumentsInSchema(schema: PackageSchema, token: string): Members {
    const resource = schema.resources[token];
    const { properties, required } = resource
        ? { properties: resource.inputProperties, required: resource.requiredInputs }
        : (schema.functions[token]?.inputs ?? {});
    return membersOf({ properties, required });

    function membersOf({ properties = {}, required = [] }: ObjectSpec): Members {
        return Object.fromEntries(
            Object.entries(properties).map(([name, spec]) => [
                name,
                { shape: shapeOf(spec), required: required.includes(name) },
            ]),
        );
    }

    function shapeOf({ type, items, additionalProperties, $ref = "" }: TypeSpec): Shape {
        const [, name] = /^#\/types\/(.+)$/.exec($ref) ?? [];
        if (name !== undefined) {
            const token = decodeURIComponent(name);
            return { kind: "block", type: token, members: () => membersOf(schema.types[token] ?? {}) };
        }
        switch (type ?? $ref) {
            case "array":
                return { kind: "list", of: shapeOf(items ?? {}) };
            case "object":
                return { kind: "map", of: shapeOf(additionalProperties ?? { type: "string" }) };
            case "integer":
            case "number":
                return { kind: "number" };
            case "boolean":
            case "string":
                return { kind: type as "boolean" | "string" };
            case "pulumi.json#/Archive":
                return { kind: "archive" };
            case "pulumi.json#/Asset":
                return { kind: "asset" };
            case "pulumi.json#/Any":
                return { kind: "any" };
            default:
                throw new Error(`the schema has a type that this test does not know: ${type ?? $ref}`);
        }
    }
}

/** The declarations of an installed SDK. */
export class Declarations {
    readonly #folder: string;
    readonly #interfaces = new Map<string, ts.InterfaceDeclaration>();

    /** @param folder the package's folder */
    constructor(folder: string) {
        this.#folder = folder;
        this.#collect(parse(join(folder, "types/input.d.ts")), "inputs");
    }

    #collect(node: ts.Node, namespace: string): void {
        ts.forEachChild(node, (child) => {
            if (ts.isInterfaceDeclaration(child)) {
                this.#interfaces.set(`${namespace}.${child.name.text}`, child);
            } else if (ts.isModuleDeclaration(child)) {
                this.#collect(child, `${namespace}.${child.name.text}`);
            } else if (ts.isModuleBlock(child)) {
                this.#collect(child, namespace);
            }
        });
    }

    /** The arguments of a resource type or a function: those of its `…Args`; `undefined` when it is not declared. */
    argumentsOf(token: string): Members | undefined {
        const [, path = "", name = ""] = token.split(":");
        const file = join(this.#folder, `${path.replace(/^index\//, "")}.d.ts`);
        if (!existsSync(file)) {
            return undefined;
        }
        const wanted = `${name.charAt(0).toUpperCase()}${name.slice(1)}Args`;
        const found = parse(file)
            .statements.filter(ts.isInterfaceDeclaration)
            .find((one) => one.name.text === wanted);
        return found ? this.#membersOf(found) : {};
    }

    #membersOf(declaration: ts.InterfaceDeclaration): Members {
        return Object.fromEntries(
            declaration.members.filter(ts.isPropertySignature).map((member) => {
                const shape = member.type ? this.#shapeOf(member.type) : ({ kind: "any" } as const);
                return [(member.name as ts.Identifier).text, { shape, required: !member.questionToken }];
            }),
        );
    }

    #shapeOf(node: ts.TypeNode): Shape {
        if (ts.isUnionTypeNode(node)) {
            return this.#unionOf(node);
        }
        if (ts.isParenthesizedTypeNode(node)) {
            return this.#shapeOf(node.type);
        }
        if (ts.isArrayTypeNode(node)) {
            return { kind: "list", of: this.#shapeOf(node.elementType) };
        }
        if (ts.isTypeLiteralNode(node)) {
            const [index] = node.members.filter(ts.isIndexSignatureDeclaration);
            return { kind: "map", of: index ? this.#shapeOf(index.type) : { kind: "any" } };
        }
        if (ts.isTypeReferenceNode(node)) {
            return this.#referenceOf(node);
        }
        switch (node.kind) {
            case ts.SyntaxKind.NumberKeyword:
                return { kind: "number" };
            case ts.SyntaxKind.BooleanKeyword:
                return { kind: "boolean" };
            case ts.SyntaxKind.StringKeyword:
                return { kind: "string" };
            default:
                return { kind: "any" };
        }
    }

    /** A resource or an enum in a union has the same shape as the string beside it. */
    #unionOf(node: ts.UnionTypeNode): Shape {
        const shapes = node.types
            .filter((one) => one.kind !== ts.SyntaxKind.UndefinedKeyword)
            .map((one) => this.#shapeOf(one));
        const [first = { kind: "any" } as const] = shapes;
        const kinds = new Set(shapes.map(({ kind }) => kind));
        return kinds.has("string") && kinds.has("block") ? { kind: "string or block" } : first;
    }

    #referenceOf(node: ts.TypeReferenceNode): Shape {
        const name = node.typeName.getText();
        if (name === "pulumi.Input" && node.typeArguments?.[0]) {
            return this.#shapeOf(node.typeArguments[0]);
        }
        if (name.startsWith("inputs.")) {
            const declaration = this.#interfaces.get(name);
            return { kind: "block", type: name, members: () => (declaration ? this.#membersOf(declaration) : {}) };
        }
        switch (name) {
            case "pulumi.asset.Archive":
                return { kind: "archive" };
            case "pulumi.asset.Asset":
                return { kind: "asset" };
            default:
                return { kind: "string" };
        }
    }
}

function parse(file: string): ts.SourceFile {
    return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** Differences between a plugin's arguments and the declared ones, one line each; nested arguments by their path. */
export function differences(path: string, ours: Members, declared: Members, seen = new Set<string>()): string[] {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(declared)])].sort();
    return names.flatMap((name) => {
        const at = `${path}.${name}`;
        const [own, other] = [ours[name], declared[name]];
        if (!own || !other) {
            return [`${at}: ${own ? "not declared" : "not in the plugin"}`];
        }
        const required =
            own.required === other.required ? [] : [`${at}: ${own.required ? "required" : "optional"} in the plugin`];
        return [...required, ...differencesOfShapes(at, own.shape, other.shape, seen)];
    });
}

function differencesOfShapes(path: string, ours: Shape, declared: Shape, seen: Set<string>): string[] {
    if ("of" in ours && "of" in declared && ours.kind === declared.kind) {
        return differencesOfShapes(path, ours.of, declared.of, seen);
    }
    if (ours.kind === "block" && declared.kind === "block") {
        const pair = `${ours.type} ${declared.type}`;
        if (seen.has(pair)) {
            return [];
        }
        seen.add(pair);
        return differences(path, ours.members(), declared.members(), seen);
    }
    return ours.kind === declared.kind ? [] : [`${path}: ${ours.kind} in the plugin, declared as ${declared.kind}`];
}
