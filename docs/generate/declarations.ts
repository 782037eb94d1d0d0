/** Reads the component library's declarations with the TypeScript compiler: components with arguments and outputs. */
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { type Comment, commentOf } from "../../provider/schema/comments.ts";

/** One argument, output or part of one. */
export interface Field extends Comment {
    /** The property's name, with those of its owners: `service.clusterName`. */
    name: string;
    type: string;
    optional: boolean;
}

/** A method that users call. */
export interface Method {
    signature: string;
    about: string;
}

/** An interface that arguments or outputs are made of. */
export interface Structure {
    name: string;
    about: string;
    fields: Field[];
}

/** A component as its users see it. */
export interface Component {
    name: string;
    about: string;
    /** The name of the arguments' interface. */
    argumentsName: string;
    arguments: Field[];
    outputs: Field[];
    methods: Method[];
    /** The transforms of children, by the child's name in `transform`. */
    transforms: Field[];
    /** The interfaces that it refers to. */
    structures: Structure[];
}

/** Something that the library exports beside components. */
export interface Export {
    name: string;
    about: string;
}

/** Reads `components/index.ts` of the project in `root`. */
export function readLibrary(root: string): { components: Component[]; others: Export[] } {
    const entry = join(root, "components/index.ts");
    const options: ts.CompilerOptions = { allowImportingTsExtensions: true, noEmit: true, noLib: true, types: [] };
    const host = ts.createCompilerHost(options);
    // Types are shown as written, so the declarations of packages, thousands of files, are not needed.
    host.resolveModuleNameLiterals = (literals, from) =>
        literals.map(({ text }) => ({
            resolvedModule: text.startsWith(".")
                ? { resolvedFileName: resolve(dirname(from), text), extension: ts.Extension.Ts }
                : undefined,
        }));
    const program = ts.createProgram([entry], options, host);
    const source = program.getSourceFile(entry);
    if (!source) {
        throw new Error(`there is no ${entry}`);
    }
    return new Library(program.getTypeChecker(), join(root, "components")).read(source);
}

class Library {
    readonly #checker: ts.TypeChecker;
    readonly #folder: string;

    constructor(checker: ts.TypeChecker, folder: string) {
        this.#checker = checker;
        this.#folder = folder;
    }

    read(source: ts.SourceFile): { components: Component[]; others: Export[] } {
        const module = this.#checker.getSymbolAtLocation(source);
        const exported = (module ? this.#checker.getExportsOfModule(module) : []).map((one) => this.#resolved(one));
        const components: Component[] = [];
        const others: Export[] = [];
        for (const symbol of exported.toSorted((a, b) => a.name.localeCompare(b.name))) {
            const declaration = symbol.declarations?.find(ts.isClassDeclaration);
            if (declaration && isComponent(declaration)) {
                components.push(this.#component(symbol, declaration));
            } else {
                others.push({ name: symbol.name, about: this.#about(symbol) });
            }
        }
        const described = components.flatMap((it) => [it.argumentsName, ...it.structures.map(({ name }) => name)]);
        return { components, others: others.filter(({ name }) => !described.includes(name)) };
    }

    #component(symbol: ts.Symbol, declaration: ts.ClassDeclaration): Component {
        const making = declaration.members.find(ts.isConstructorDeclaration);
        const args = making?.parameters[1]?.type;
        const [reference] = args ? referencesIn(args) : [];
        if (!reference) {
            throw new Error(`the constructor of ${symbol.name} takes no arguments' interface`);
        }
        const argumentsSymbol = this.#resolved(this.#symbolAt(reference.typeName));
        const found = this.#fields(argumentsSymbol);
        const outputs = declaration.members.filter(ts.isPropertyDeclaration).filter(isPublic);
        const outputFields = outputs.map((one) => this.#field(this.#symbolAt(one.name), one.type));
        const accessors = declaration.members.filter(ts.isGetAccessorDeclaration).filter(isPublic);
        const methods = declaration.members.filter(ts.isMethodDeclaration).filter(isPublic);
        return {
            name: symbol.name,
            about: this.#about(symbol),
            argumentsName: argumentsSymbol.name,
            arguments: found.filter(({ name }) => !name.startsWith("transform.")),
            outputs: [...outputFields, ...accessors.map((one) => this.#field(this.#symbolAt(one.name), one.type))],
            methods: methods.map((one) => ({
                signature: signatureOf(one),
                about: this.#about(this.#symbolAt(one.name)),
            })),
            transforms: found
                .filter(({ name }) => name.startsWith("transform."))
                .map((field) => ({ ...field, name: field.name.slice("transform.".length) })),
            structures: this.#structures([...typeNodes(argumentsSymbol), ...outputs.flatMap(({ type }) => type ?? [])]),
        };
    }

    /** The properties of an interface, inherited ones first, followed by the parts of documented type literals. */
    #fields(symbol: ts.Symbol): Field[] {
        const properties = this.#checker.getDeclaredTypeOfSymbol(symbol).getProperties();
        const inherited = (one: ts.Symbol) => one.declarations?.[0]?.parent !== symbol.declarations?.[0];
        return [...properties.filter(inherited), ...properties.filter((one) => !inherited(one))].flatMap((one) =>
            this.#fieldWithParts(one, ""),
        );
    }

    #fieldWithParts(symbol: ts.Symbol, prefix: string): Field[] {
        const declaration = symbol.declarations?.find(
            (one) => ts.isPropertySignature(one) || ts.isMethodSignature(one),
        );
        const type = declaration && ts.isPropertySignature(declaration) ? declaration.type : undefined;
        const field = this.#field(symbol, type ?? declaration);
        const own = { ...field, name: `${prefix}${field.name}` };
        const isTransform = symbol.name === "transform" && prefix === "";
        if (!type || !ts.isTypeLiteralNode(type)) {
            return [own];
        }
        const parts = type.members.map((member) => member.name && this.#symbolAt(member.name)).filter((it) => !!it);
        if (!isTransform && parts.every((part) => this.#about(part) === "")) {
            return [own];
        }
        const shape = isTransform ? [] : [{ ...own, type: "object" }];
        return [...shape, ...parts.flatMap((part) => this.#fieldWithParts(part, `${own.name}.`))];
    }

    #field(symbol: ts.Symbol, type: ts.Node | undefined): Field {
        return {
            name: symbol.name,
            type: (type?.getText() ?? "").replaceAll(/\s+/g, " "),
            optional: (symbol.flags & ts.SymbolFlags.Optional) !== 0,
            ...commentOf(symbol, this.#checker),
        };
    }

    /** The library's own interfaces that types refer to, directly or through others. */
    #structures(types: ts.Node[]): Structure[] {
        const found = new Map<string, ts.Symbol>();
        const waiting = [...types];
        for (let type = waiting.pop(); type; type = waiting.pop()) {
            for (const reference of referencesIn(type)) {
                const symbol = this.#resolved(this.#symbolAt(reference.typeName));
                const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? "";
                const isOwn = file.startsWith(this.#folder) && symbol.declarations?.some(ts.isInterfaceDeclaration);
                if (isOwn && !found.has(symbol.name)) {
                    found.set(symbol.name, symbol);
                    waiting.push(...typeNodes(symbol));
                }
            }
        }
        return [...found.values()]
            .map((symbol) => ({ name: symbol.name, about: this.#about(symbol), fields: this.#fields(symbol) }))
            .sort((a, b) => a.name.localeCompare(b.name));
    }

    #about(symbol: ts.Symbol): string {
        return commentOf(symbol, this.#checker).about;
    }

    #symbolAt(node: ts.Node): ts.Symbol {
        const symbol = this.#checker.getSymbolAtLocation(node);
        if (!symbol) {
            throw new Error(`${node.getText()} in ${node.getSourceFile().fileName} is not known`);
        }
        return symbol;
    }

    #resolved(symbol: ts.Symbol): ts.Symbol {
        return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    }
}

function isComponent({ heritageClauses }: ts.ClassDeclaration): boolean {
    return [...(heritageClauses ?? [])].some((clause) => clause.getText().includes("pulumi.ComponentResource"));
}

function isPublic({
    name,
    modifiers,
}: ts.PropertyDeclaration | ts.MethodDeclaration | ts.AccessorDeclaration): boolean {
    const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
    return !ts.isPrivateIdentifier(name) && !modifiers?.some(({ kind }) => hidden.includes(kind));
}

function signatureOf(method: ts.MethodDeclaration): string {
    const parameters = method.parameters.map((one) => one.getText()).join(", ");
    return `${method.name.getText()}(${parameters}): ${method.type?.getText() ?? "void"}`;
}

function typeNodes(symbol: ts.Symbol): ts.Node[] {
    return (symbol.declarations ?? []).filter(ts.isInterfaceDeclaration).flatMap(({ members }) => [...members]);
}

/** All references to named types in a node, in the order of the text. */
function referencesIn(node: ts.Node): ts.TypeReferenceNode[] {
    const own = ts.isTypeReferenceNode(node) ? [node] : [];
    const inner: ts.TypeReferenceNode[] = [];
    node.forEachChild((child) => {
        inner.push(...referencesIn(child));
    });
    return [...own, ...inner];
}
