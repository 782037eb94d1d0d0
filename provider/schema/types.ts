import ts from "typescript";
import type { ObjectSpec, PropertySpec } from "../../components/core/schemaCheck.ts";
import { commentOf } from "./comments.ts";

/** A type of the schema: an object, by its name in the package. */
export interface TypeSpec extends ObjectSpec {
    type: "object";
    description?: string;
}

/** The outcome of reading one property. */
interface Read {
    spec: PropertySpec;
    optional: boolean;
}

/**
 * Reads the TypeScript types of the components' arguments and outputs as types of a Pulumi package schema. It reads the
 * syntax, and not the checker's resolved types, in which `pulumi.Input` and unions lose their names.
 */
export class TypeReader {
    /** The types read so far, by the name in a `$ref`. */
    readonly types: Record<string, TypeSpec> = {};
    readonly #checker: ts.TypeChecker;
    readonly #prefix: string;

    /** @param prefix the prefix of the names of the package's types, `PACKAGE:MODULE:` */
    constructor(checker: ts.TypeChecker, prefix: string) {
        this.#checker = checker;
        this.#prefix = prefix;
    }

    /** The properties of an interface, or of an `Omit` of one. `owner` begins the names of anonymous types. */
    properties(type: ts.Type, owner: string): ObjectSpec {
        const read = this.#checker
            .getPropertiesOfType(type)
            .map((symbol) => [symbol.name, this.#property(symbol, owner)] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1));
        const required = read.filter(([, { optional }]) => !optional).map(([name]) => name);
        return {
            properties: Object.fromEntries(read.map(([name, { spec }]) => [name, spec])),
            ...(required.length > 0 ? { required } : {}),
        };
    }

    /** The comment of a declaration, on one line. */
    description(symbol: ts.Symbol): string | undefined {
        const { about, standard, example } = commentOf(symbol, this.#checker);
        const text = [about, standard && `Default: ${standard}.`, example && `Example: \`${example}\`.`];
        return text.filter(Boolean).join(" ") || undefined;
    }

    #property(symbol: ts.Symbol, owner: string): Read {
        const declaration = symbol.declarations?.[0];
        if (!declaration || !ts.isPropertySignature(declaration) || !declaration.type) {
            throw new Error(`${owner}.${symbol.name} is not a property with a type; the schema has no place for it`);
        }
        const name = `${owner}${symbol.name.charAt(0).toUpperCase()}${symbol.name.slice(1)}`;
        const spec = this.#spec(declaration.type, name, true);
        const allowed = literalsOf(declaration.type);
        const description = [this.description(symbol), allowed && `One of ${allowed.join(", ")}.`]
            .filter(Boolean)
            .join(" ");
        return { spec: { ...spec, ...(description ? { description } : {}) }, optional: !!declaration.questionToken };
    }

    /** @param plain whether the value is neither an input nor an output, and so must be known when the program runs */
    #spec(node: ts.TypeNode, name: string, plain: boolean): PropertySpec {
        const isPlain = plain ? { plain } : {};
        if (ts.isParenthesizedTypeNode(node)) {
            return this.#spec(node.type, name, plain);
        }
        if (node.kind === ts.SyntaxKind.StringKeyword || literalsOf(node)) {
            return { type: "string", ...isPlain };
        }
        if (node.kind === ts.SyntaxKind.BooleanKeyword) {
            return { type: "boolean", ...isPlain };
        }
        if (node.kind === ts.SyntaxKind.NumberKeyword) {
            return { type: "number", ...isPlain };
        }
        if (ts.isArrayTypeNode(node)) {
            return { type: "array", items: this.#spec(node.elementType, name, plain), ...isPlain };
        }
        if (ts.isTypeLiteralNode(node)) {
            return { $ref: this.#object(this.#checker.getTypeFromTypeNode(node), name), ...isPlain };
        }
        if (ts.isTypeReferenceNode(node)) {
            return this.#reference(node, name, plain);
        }
        throw new Error(`${name} has the type ${node.getText()}; the schema has no place for it`);
    }

    #reference(node: ts.TypeReferenceNode, name: string, plain: boolean): PropertySpec {
        const [first, second] = node.typeArguments ?? [];
        const called = ts.isQualifiedName(node.typeName) ? node.typeName.right.text : node.typeName.text;
        if (["Input", "Output"].includes(called) && first) {
            return this.#spec(first, name, false);
        }
        if (called === "Record" && second) {
            const values = this.#spec(second, name, plain);
            return { type: "object", additionalProperties: values, ...(plain ? { plain } : {}) };
        }
        const type = this.#checker.getTypeFromTypeNode(node);
        if (!type.symbol || !(type.symbol.flags & ts.SymbolFlags.Interface)) {
            throw new Error(`${name} has the type ${node.getText()}; the schema has no place for it`);
        }
        return { $ref: this.#object(type, called.replace(/(Inputs|Args)$/, "")), ...(plain ? { plain } : {}) };
    }

    #object(type: ts.Type, name: string): string {
        const key = `${this.#prefix}${name}`;
        if (!this.types[key]) {
            const description =
                type.symbol.flags & ts.SymbolFlags.Interface ? this.description(type.symbol) : undefined;
            this.types[key] = {
                type: "object",
                ...(description ? { description } : {}),
                ...this.properties(type, name),
            };
        }
        return `#/types/${key}`;
    }
}

/** The texts that a union of texts allows; `undefined` for any other type. */
function literalsOf(node: ts.TypeNode): string[] | undefined {
    if (!ts.isUnionTypeNode(node)) {
        return undefined;
    }
    const texts = node.types.map((one) =>
        ts.isLiteralTypeNode(one) && ts.isStringLiteral(one.literal) ? `\`${one.literal.text}\`` : undefined,
    );
    return texts.every((text) => text !== undefined) ? texts : undefined;
}
