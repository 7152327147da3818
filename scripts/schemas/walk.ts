// From TypeScript types to JSON Schema (2020-12): what the checker knows of a type, and of how it was written the names that the checker
// does not keep (`EpochMs` is a number to it). Comments become descriptions, tags such as @minimum what they are called. A type that JSON
// has no form for is an error.
import type { Node, TypeNode } from 'typescript/unstable/ast'
import {
  isArrayTypeNode,
  isInterfaceDeclaration,
  isParenthesizedTypeNode,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
  isTypeOperatorNode,
  isTypeReferenceNode,
  isUnionTypeNode,
} from 'typescript/unstable/ast/is'
import { SymbolFlags, TypeFlags, type Symbol as TypeSymbol, type TupleType, type Type, type TypeReference } from 'typescript/unstable/sync'
import type { Compiler } from './compiler.ts'
import { described, type Schema, unionOf, withTags } from './schema.ts'

export class TypeWalk {
  readonly definitions = new Map<string, Schema>()
  readonly #named = new Map<string, number>()
  readonly #compiler: Compiler

  constructor(compiler: Compiler) {
    this.#compiler = compiler
  }

  /** With what its own comment says. */
  ofProperty(property: TypeSymbol): Schema {
    const { checker, project } = this.#compiler
    const type = checker.getTypeOfSymbol(property)
    if (type === undefined) throw new Error(`${property.name} has no type`)
    const written = (property.valueDeclaration ?? property.declarations[0])?.resolve(project)
    const schema = this.of(type, written && isPropertySignatureDeclaration(written) ? written.type : undefined)
    return this.#commented(schema, property)
  }

  /** `node`: how it was written, which counts where it says the same. */
  of(type: Type, node?: TypeNode): Schema {
    const known = node === undefined ? undefined : this.#ofNode(node, type)
    return known ?? this.#ofNamed(type.getAliasSymbol()) ?? this.#structure(type)
  }

  #ofNode(node: TypeNode, type: Type): Schema | undefined {
    const { checker } = this.#compiler
    if (isParenthesizedTypeNode(node)) return this.#ofNode(node.type, type)
    const written = checker.getTypeFromTypeNode(node)
    if (written === undefined || !this.#isSame(written, type)) return undefined
    if (isTypeOperatorNode(node)) return this.#ofNode(node.type, written)
    if (isUnionTypeNode(node)) return unionOf([...node.types].map((part) => this.of(this.#typeOf(part), part)))
    if (isArrayTypeNode(node)) return { type: 'array', items: this.of(this.#typeOf(node.elementType), node.elementType) }
    return isTypeReferenceNode(node) ? this.#ofNamed(this.#symbolOf(node.typeName)) : undefined
  }

  #typeOf(node: TypeNode): Type {
    const type = this.#compiler.checker.getTypeFromTypeNode(node)
    if (type === undefined) throw new Error('the compiler knows no type of what is written')
    return type
  }

  #symbolOf(name: Node): TypeSymbol | undefined {
    const { checker } = this.#compiler
    const symbol = checker.getSymbolAtLocation(name)
    return symbol !== undefined && (symbol.flags & SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(symbol) : symbol
  }

  /** A property that may be left out is also `undefined` to the checker. */
  #isSame(written: Type, type: Type): boolean {
    const { checker } = this.#compiler
    if (written.id === type.id) return true
    const given = checker.getNonNullableType(type)
    return given !== undefined && checker.isTypeAssignableTo(given, written) && checker.isTypeAssignableTo(written, type)
  }

  /** A reference to what the contract exports under a name; what it keeps to itself, or what is made of other types, is written out. */
  #ofNamed(symbol: TypeSymbol | undefined): Schema | undefined {
    const declaration = symbol?.declarations[0]?.resolve(this.#compiler.project)
    if (symbol === undefined || declaration === undefined) return undefined
    if (!isTypeAliasDeclaration(declaration) && !isInterfaceDeclaration(declaration)) return undefined
    if ((declaration.typeParameters?.length ?? 0) > 0 || !/^export\b/.test(declaration.getText())) return undefined
    const reference = { $ref: `#/$defs/${symbol.name}` }
    const known = this.#named.get(symbol.name)
    if (known !== undefined && known !== symbol.id) throw new Error(`two types are called ${symbol.name}: give one another name`)
    if (known === undefined) {
      this.#named.set(symbol.name, symbol.id)
      const type = this.#compiler.checker.getDeclaredTypeOfSymbol(symbol)
      const node = isTypeAliasDeclaration(declaration) ? declaration.type : undefined
      const schema = (node && this.#ofNode(node, type)) ?? this.#structure(type)
      this.definitions.set(symbol.name, this.#commented(schema, symbol))
    }
    return reference
  }

  #structure(type: Type): Schema {
    const { checker } = this.#compiler
    const { flags } = type
    const named = type.isClassOrInterface() ? this.#ofOtherInterface(type) : undefined
    if (named !== undefined) return named
    if ((flags & TypeFlags.AnyOrUnknown) !== 0) return {}
    if ((flags & TypeFlags.BooleanLike) !== 0) return type.isBooleanLiteralType() ? { const: type.value } : { type: 'boolean' }
    if (type.isStringLiteralType()) return { type: 'string', enum: [type.value] }
    if (type.isNumberLiteralType()) return { type: 'integer', enum: [type.value] }
    if ((flags & TypeFlags.StringLike) !== 0) return { type: 'string' }
    if ((flags & TypeFlags.Number) !== 0) return { type: 'number' }
    if ((flags & TypeFlags.Null) !== 0) return { type: 'null' }
    if (type.isUnionType())
      return unionOf(
        type
          .getTypes()
          .filter((one) => (one.flags & TypeFlags.Undefined) === 0)
          .map((one) => this.of(one)),
      )
    const brand = type.isIntersectionType() && type.getTypes().find((one) => (one.flags & TypeFlags.Primitive) !== 0)
    if (brand) return this.#structure(brand)
    if (checker.isTupleType(type)) return this.#tuple(type as TupleType)
    if (checker.isArrayType(type)) return { type: 'array', items: this.of(this.#argument(type as TypeReference)) }
    if (type.isObjectType() || type.isIntersectionType()) return this.#object(type)
    throw new Error(`JSON has no form for ${checker.typeToString(type)}`)
  }

  /** An interface that was reached without its name being written, unless it is being written out at the moment. */
  #ofOtherInterface(type: Type): Schema | undefined {
    const symbol = type.getSymbol()
    return symbol === undefined || this.#named.has(symbol.name) ? undefined : this.#ofNamed(symbol)
  }

  #argument(type: TypeReference): Type {
    const [item] = this.#compiler.checker.getTypeArguments(type)
    if (item === undefined) throw new Error('a list of nothing')
    return item
  }

  #tuple(type: TupleType): Schema {
    const items = this.#compiler.checker.getTypeArguments(type).map((one) => this.of(one))
    return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length }
  }

  #object(type: Type): Schema {
    const { checker } = this.#compiler
    const properties: Record<string, Schema> = {}
    const required: string[] = []
    for (const property of checker.getPropertiesOfType(type)) {
      if (property.flags & (SymbolFlags.Method | SymbolFlags.Accessor))
        throw new Error(`JSON has no form for ${checker.typeToString(type)}`)
      properties[property.name] = this.ofProperty(property)
      if ((property.flags & SymbolFlags.Optional) === 0) required.push(property.name)
    }
    const [index] = checker.getIndexInfosOfType(type)
    return {
      type: 'object',
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...(index !== undefined && { additionalProperties: this.of(index.valueType) }),
    }
  }

  #commented(schema: Schema, symbol: TypeSymbol): Schema {
    const { checker } = this.#compiler
    return withTags(described(schema, symbol.getDocumentationComment(checker)), symbol.getJsDocTags(checker), symbol.name)
  }
}
