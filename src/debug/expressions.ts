/** The debugger's expressions (docs/debugging.md): parsed once against the names that there are, evaluated often. */
import {
  commonType,
  convert,
  floatOperation,
  integerOperation,
  isTrue,
  type Node,
  truncated,
  truth,
} from "./expression-operations.ts";
import { ExpressionError, type Token, tokensOf } from "./expression-tokens.ts";
import { floatOf } from "./float-bits.ts";

export { ExpressionError } from "./expression-tokens.ts";

export type ValueType = "unsigned" | "signed" | "float";

/** What names mean when an expression is parsed. */
export interface ExpressionScope {
  /** How a register's value is meant, or null if there is no such register. */
  register(name: string): "unsigned" | "float" | null;
  /** Address of a symbol, or null. */
  symbol(name: string): bigint | null;
}

/** Where values come from when it is evaluated. */
export interface ExpressionContext {
  register(name: string): bigint;
  /** `size` bytes (1, 2, 4, 8) at a virtual address, little-endian. Throws an Error that says why not. */
  memory(va: bigint, size: number): bigint;
  physical(pa: bigint, size: number): bigint;
  /** Hits of the stop point whose condition this is; 0 elsewhere. */
  readonly hits: number;
}

export interface Expression {
  readonly text: string;
  readonly type: ValueType;
  /** Names of the registers that it reads. */
  readonly registers: readonly string[];
  /** 64 bits of an integer, zero-extended; a number if the type is float. Throws an ExpressionError. */
  evaluate(context: ExpressionContext): bigint | number;
}

/** Levels of precedence of binary operators, as in C, from the loosest. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const INTEGERS_ONLY = new Set(["|", "^", "&", "<<", ">>", "%"]);
const MOST_NESTED = 100;

/** Types in casts: bytes and how they are meant. */
const TYPES: Readonly<Record<string, { bytes: number; type: ValueType }>> = {
  u8: { bytes: 1, type: "unsigned" },
  u16: { bytes: 2, type: "unsigned" },
  u32: { bytes: 4, type: "unsigned" },
  u64: { bytes: 8, type: "unsigned" },
  i8: { bytes: 1, type: "signed" },
  i16: { bytes: 2, type: "signed" },
  i32: { bytes: 4, type: "signed" },
  i64: { bytes: 8, type: "signed" },
  f32: { bytes: 4, type: "float" },
  f64: { bytes: 8, type: "float" },
};

/** Parses `text`. Throws an ExpressionError that points at the character and says what was expected. */
export function parseExpression(text: string, scope: ExpressionScope): Expression {
  const parser = new Parser(tokensOf(text), scope);
  const { type, run } = parser.whole();
  return { text, type, registers: [...parser.registers], evaluate: run };
}

class Parser {
  readonly registers = new Set<string>();
  private next = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly scope: ExpressionScope,
  ) {}

  whole(): Node {
    const node = this.choice();
    if (this.token.kind !== "end") this.fail("an operator or the end expected");
    return node;
  }

  private get token(): Token {
    return this.tokens[this.next];
  }

  private fail(complaint: string, at = this.token.at): never {
    throw new ExpressionError(at, complaint);
  }

  private isSign(text: string, ahead = 0): boolean {
    const token = this.tokens[this.next + ahead];
    return token?.kind === "sign" && token.text === text;
  }

  private expect(text: string): void {
    if (!this.isSign(text)) this.fail(`"${text}" expected`);
    this.next++;
  }

  private choice(): Node {
    const condition = this.binary(0);
    if (!this.isSign("?")) return condition;
    this.next++;
    const yes = this.nested(() => this.choice());
    this.expect(":");
    const no = this.nested(() => this.choice());
    const type = commonType(yes.type, no.type);
    const [first, second] = [convert(yes, type), convert(no, type)];
    return { type, run: (c) => (isTrue(condition.run(c)) ? first(c) : second(c)) };
  }

  /** Guards the stack against an expression of nothing but brackets. */
  private nested(parse: () => Node): Node {
    if (++this.depth > MOST_NESTED) this.fail(`nested more than ${MOST_NESTED} deep`);
    const node = parse();
    this.depth--;
    return node;
  }

  private binary(level: number): Node {
    if (level === LEVELS.length) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const { token } = this;
      if (token.kind !== "sign" || !LEVELS[level].includes(token.text)) return left;
      this.next++;
      left = this.operation(token, left, this.binary(level + 1));
    }
  }

  private operation(token: Token, left: Node, right: Node): Node {
    this.refusePhysical(left, token.at);
    this.refusePhysical(right, token.at);
    const operator = token.text;
    if (operator === "&&") return truth((c) => isTrue(left.run(c)) && isTrue(right.run(c)));
    if (operator === "||") return truth((c) => isTrue(left.run(c)) || isTrue(right.run(c)));
    const type = operator === "<<" || operator === ">>" ? left.type : commonType(left.type, right.type);
    if (INTEGERS_ONLY.has(operator) && (left.type === "float" || right.type === "float")) {
      this.fail(`${operator} takes integers`, token.at);
    }
    if (type === "float") return floatOperation(operator, convert(left, type), convert(right, type));
    return integerOperation(token, type, left, right);
  }

  private refusePhysical(node: Node, at: number): void {
    if (node.physical) this.fail("phys(…) is an address; only * in front of it gives a value", at);
  }

  private unary(): Node {
    return this.nested(() => this.unaryOnce());
  }

  private unaryOnce(): Node {
    const { token } = this;
    if (token.kind !== "sign") return this.primary();
    switch (token.text) {
      case "-":
      case "+":
      case "~":
      case "!":
        this.next++;
        return this.prefix(token, this.unary());
      case "*":
        this.next++;
        return this.dereference(token);
      case "(": {
        const cast = this.cast();
        if (cast === null) return this.primary();
        if (cast.pointer) this.fail("* expected in front of a pointer", token.at);
        return this.converted(this.unary(), cast.name, token.at);
      }
      default:
        return this.primary();
    }
  }

  private prefix(token: Token, operand: Node): Node {
    this.refusePhysical(operand, token.at);
    const { type, run } = operand;
    switch (token.text) {
      case "!":
        return truth((c) => !isTrue(run(c)));
      case "~":
        if (type === "float") this.fail("~ takes an integer", token.at);
        return { type, run: (c) => BigInt.asUintN(64, ~(run(c) as bigint)) };
      case "-":
        if (type === "float") return { type, run: (c) => -(run(c) as number) };
        return { type, run: (c) => BigInt.asUintN(64, -(run(c) as bigint)) };
      default:
        return operand;
    }
  }

  /** "(u32)" or "(u32*)" if that is what follows. */
  private cast(): { name: string; pointer: boolean } | null {
    const name = this.tokens[this.next + 1];
    if (name?.kind !== "name" || name.isRegister || !Object.hasOwn(TYPES, name.text)) return null;
    const pointer = this.isSign("*", 2);
    if (!this.isSign(")", pointer ? 3 : 2)) return null;
    this.next += pointer ? 4 : 3;
    return { name: name.text, pointer };
  }

  private dereference(star: Token): Node {
    const cast = this.isSign("(") ? this.cast() : null;
    if (cast !== null && !cast.pointer)
      this.fail(`${cast.name}* expected, for the memory behind an address`, star.at + 1);
    const { bytes, type } = TYPES[cast?.name ?? "u64"];
    const address = this.unary();
    if (address.type === "float") this.fail("an address is no float", star.at);
    const read = (c: ExpressionContext): bigint => {
      const at = BigInt.asUintN(64, address.run(c) as bigint);
      try {
        return address.physical ? c.physical(at, bytes) : c.memory(at, bytes);
      } catch (error) {
        throw new ExpressionError(star.at, (error as Error).message);
      }
    };
    if (type === "float") return { type, run: (c) => floatOf(read(c), bytes) };
    if (type === "unsigned") return { type, run: read };
    return { type, run: (c) => BigInt.asUintN(64, BigInt.asIntN(bytes * 8, read(c))) };
  }

  private converted(operand: Node, name: string, at: number): Node {
    this.refusePhysical(operand, at);
    const { bytes, type } = TYPES[name];
    if (type === "float") {
      const run = convert(operand, "float");
      return { type, run: bytes === 4 ? (c) => Math.fround(run(c) as number) : run };
    }
    const wrap = type === "signed" ? BigInt.asIntN : BigInt.asUintN;
    const integer =
      operand.type === "float"
        ? (c: ExpressionContext) => truncated(operand.run(c) as number)
        : (operand.run as (c: ExpressionContext) => bigint);
    return { type, run: (c) => BigInt.asUintN(64, wrap(bytes * 8, integer(c))) };
  }

  private primary(): Node {
    const { token } = this;
    if (this.isSign("(")) {
      this.next++;
      const node = this.nested(() => this.choice());
      this.expect(")");
      return node;
    }
    if (token.kind === "number") {
      this.next++;
      const value = token.value as bigint;
      return { type: value >> 63n === 0n ? "signed" : "unsigned", run: () => value };
    }
    if (token.kind === "float") {
      this.next++;
      const value = Number(token.text);
      return { type: "float", run: () => value };
    }
    if (token.kind === "name") return this.name(token);
    return this.fail("a number, register, symbol or ( expected");
  }

  private name(token: Token): Node {
    const { text, isRegister } = token;
    this.next++;
    if (!isRegister && text === "phys" && this.isSign("(")) {
      this.next++;
      const address = this.nested(() => this.choice());
      if (address.type === "float") this.fail("an address is no float", token.at);
      this.expect(")");
      return { ...address, physical: true };
    }
    if (isRegister && text === "hits") return { type: "signed", run: (c) => BigInt(c.hits) };
    const register = this.scope.register(text);
    if (register !== null) {
      this.registers.add(text);
      if (register === "float") return { type: "float", run: (c) => floatOf(c.register(text), 8) };
      return { type: "unsigned", run: (c) => c.register(text) };
    }
    if (isRegister) this.fail(`there is no register ${text}`, token.at);
    const address = this.scope.symbol(text);
    if (address === null) this.fail(`${text} is neither a register nor a symbol`, token.at);
    return { type: "unsigned", run: () => address };
  }
}
