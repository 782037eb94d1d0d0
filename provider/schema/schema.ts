import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { PropertySpec } from "../../components/core/schemaCheck.ts";
import type { ProvidedComponent } from "../component.ts";
import { components } from "../components.ts";
import { TypeReader, type TypeSpec } from "./types.ts";

const root = join(import.meta.dirname, "../..");
const NAME = "story42";

/** The schema's path. */
export const schemaPath = join(root, "schema.json");

/** The component provider's package schema, from the types and comments of the library. */
export function packageSchema(): object {
    const { version, description } = JSON.parse(readFileSync(join(root, "package/package.json"), "utf8"));
    const { resources, types } = readComponents();
    const respectSchemaVersion = true;
    return {
        name: NAME,
        displayName: "Story-42",
        version,
        description,
        keywords: ["category/infrastructure", "kind/component"],
        publisher: "Tech42 Consulting",
        namespace: "tech42",
        license: "UNLICENSED",
        language: {
            nodejs: { respectSchemaVersion },
            python: { respectSchemaVersion, pyproject: { enabled: true } },
            go: { respectSchemaVersion, generateResourceContainerTypes: true },
            csharp: { respectSchemaVersion },
            java: { respectSchemaVersion },
        },
        config: {},
        types,
        resources,
    };
}

/** One component in the schema. */
interface ResourceSpec {
    isComponent: true;
    description?: string;
    inputProperties: Record<string, PropertySpec>;
    requiredInputs?: string[];
    properties: Record<string, PropertySpec>;
    required?: string[];
}

function readComponents(): { resources: Record<string, ResourceSpec>; types: Record<string, TypeSpec> } {
    const source = join(root, "provider/components.ts");
    const library = join(root, "components/index.ts");
    const options = compilerOptions();
    const program = ts.createProgram([source, library], options, ownFilesOnly(options));
    const checker = program.getTypeChecker();
    const table = exportsOf(program, checker, source).get("components");
    const classes = exportsOf(program, checker, library);
    if (!table) {
        throw new Error(`${source} exports no table of components`);
    }
    const inputs = new TypeReader(checker, `${NAME}:index:`);
    const resources: Record<string, ResourceSpec> = {};
    for (const component of checker.getPropertiesOfType(checker.getTypeOfSymbol(table))) {
        const [inputType, outputType] =
            checker.getTypeOfSymbol(component).aliasTypeArguments ??
            checker.getTypeArguments(checker.getTypeOfSymbol(component) as ts.TypeReference);
        const symbol = classes.get(component.name);
        if (!inputType || !outputType || !symbol) {
            throw new Error(`${component.name} is not a component of the library with its inputs and outputs`);
        }
        const inputSpec = inputs.properties(inputType, component.name);
        const outputSpec = inputs.properties(outputType, component.name);
        resources[`${NAME}:index:${component.name}`] = {
            isComponent: true,
            description: inputs.description(aliased(checker, symbol)),
            inputProperties: markSecrets(inputSpec.properties, component.name),
            requiredInputs: inputSpec.required,
            properties: Object.fromEntries(
                Object.entries(outputSpec.properties).map(([name, spec]) => [name, withoutPlain(spec)]),
            ),
            required: outputSpec.required,
        };
    }
    const sorted = Object.entries(inputs.types).sort(([a], [b]) => (a < b ? -1 : 1));
    return { resources, types: Object.fromEntries(sorted) };
}

function exportsOf(program: ts.Program, checker: ts.TypeChecker, path: string): Map<string, ts.Symbol> {
    const file = program.getSourceFile(path);
    const symbol = file && checker.getSymbolAtLocation(file);
    return new Map(symbol ? checker.getExportsOfModule(symbol).map((one) => [one.name, one]) : []);
}

function aliased(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function compilerOptions(): ts.CompilerOptions {
    const path = join(root, "tsconfig.json");
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, types: [] };
}

/** Resolves the project's own files only: the schema needs nothing of packages, which have the largest types. */
function ownFilesOnly(options: ts.CompilerOptions): ts.CompilerHost {
    const host = ts.createCompilerHost(options);
    host.resolveModuleNameLiterals = (names, file) =>
        names.map(({ text }) =>
            text.startsWith(".") ? ts.resolveModuleName(text, file, options, host) : { resolvedModule: undefined },
        );
    return host;
}

/** Marks the secret inputs, so that each language's SDK passes them as secrets. */
function markSecrets(properties: Record<string, PropertySpec>, component: string): Record<string, PropertySpec> {
    const { secrets } = (components as Record<string, ProvidedComponent<object, object>>)[component] ?? { secrets: [] };
    return Object.fromEntries(
        Object.entries(properties).map(([name, spec]) => [
            name,
            secrets.includes(name as never) ? { ...spec, secret: true } : spec,
        ]),
    );
}

/** Outputs are never plain. */
function withoutPlain({ plain: _plain, additionalProperties, items, ...spec }: PropertySpec): PropertySpec {
    return {
        ...spec,
        ...(items ? { items: withoutPlain(items) } : {}),
        ...(additionalProperties ? { additionalProperties: withoutPlain(additionalProperties) } : {}),
    };
}
