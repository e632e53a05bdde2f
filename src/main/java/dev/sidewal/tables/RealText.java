package dev.sidewal.tables;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Floating-point numbers as SQL text that gives the same bits in every SQLite.
 *
 * <p>SQLite before 3.43 reads a decimal number with one multiplication or division, in the widest
 * type of the machine: 80 bits on x86, 128 on most ARM, 64 with some compilers. What it gets is not
 * always the nearest double. So a decimal is used only if it is right with plain doubles (their
 * steps are repeated here) and also lies so far from the next double's share that the small errors
 * of wider types cannot matter. All else is written as what it is: an odd integer below 2^53 times
 * or divided by powers of two, every step of which is exact.
 */
final class RealText {

  private static final long LARGEST_TENTH = Long.MAX_VALUE / 10;
  private static final int EXACT_POWERS = 22;
  private static final double[] POWERS = new double[EXACT_POWERS + 1];

  /** 2^62, the largest power of two that is an integer literal. */
  private static final String CHUNK = "4611686018427387904";

  private static final int CHUNK_BITS = 62;

  /** In units of the gap to the next double; half of it would be the next one's share. */
  private static final double MARGIN_NEAR = 0.49;

  /** With large exponents the errors of the powers of ten add up. */
  private static final double MARGIN_FAR = 0.45;

  /** Beyond these, old versions go by two steps, each of which rounds to a double. */
  private static final double SMALLEST_DECIMAL = 1e-280;

  private static final double LARGEST_DECIMAL = 1e280;

  static {
    double power = 1;
    for (int i = 0; i <= EXACT_POWERS; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  private RealText() {}

  /** Returns an expression for a number; NULL for what is none. */
  static String of(double value) {
    if (Double.isNaN(value)) {
      return "NULL";
    }
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    double size = Math.abs(value);
    if (Double.isInfinite(size)) {
      return sign + "9e999";
    }
    if (size < 0x1p53 && size == Math.rint(size)) {
      return sign + (long) size + ".0";
    }
    String text = shortDecimal(size);
    if (text.isEmpty()) {
      text = mediumDecimal(size);
    }
    if (text.isEmpty()) {
      text = longDecimal(size);
    }
    return sign + (text.isEmpty() ? exact(size) : text);
  }

  /** At most 15 digits, as most numbers that people enter have; empty if that does not do. */
  private static String shortDecimal(double size) {
    for (int k = 1; k <= 15; k++) {
      double scaled = Math.rint(size * POWERS[k]);
      if (scaled >= 1e15) {
        return "";
      }
      if (scaled / POWERS[k] == size) {
        // Exact: the remainder of a correctly rounded division is a double.
        double remainder = Math.abs(Math.fma(size, POWERS[k], -scaled));
        return remainder <= MARGIN_NEAR * gap(size) * POWERS[k] ? plain((long) scaled, k) : "";
      }
    }
    return "";
  }

  /** 16 or 17 digits of a number that is neither very small nor very large. */
  private static String mediumDecimal(double size) {
    if (size < 1e-5 || size >= 1e15) {
      return "";
    }
    int k = 15 - (int) Math.floor(Math.log10(size));
    for (int more = 0; more < 2 && k + more <= EXACT_POWERS; more++) {
      double power = POWERS[k + more];
      double product = size * power;
      if (product >= 1e17) {
        return "";
      }
      // What the rounded product lacks of the true one is a double.
      double lack = Math.fma(size, power, -product);
      long whole = (long) product;
      double rest = product - whole + lack;
      long digits = whole + Math.round(rest);
      double error = Math.abs(digits - whole - rest);
      if (error <= MARGIN_NEAR * gap(size) * power && readWithDoubles(digits, -k - more) == size) {
        return plain(digits, k + more);
      }
    }
    return "";
  }

  private static String plain(long digits, int decimals) {
    String text = Long.toString(digits);
    if (text.length() <= decimals) {
      text = "0".repeat(decimals - text.length() + 1) + text;
    }
    int point = text.length() - decimals;
    return text.substring(0, point) + '.' + text.substring(point);
  }

  private static String longDecimal(double size) {
    if (size < SMALLEST_DECIMAL || size > LARGEST_DECIMAL) {
      return "";
    }
    BigDecimal exact = new BigDecimal(size);
    for (int digits = 15; digits <= 17; digits++) {
      BigDecimal rounded =
          exact.round(new MathContext(digits, RoundingMode.HALF_EVEN)).stripTrailingZeros();
      if (rounded.subtract(exact).abs().doubleValue() <= MARGIN_FAR * gap(size)
          && readWithDoubles(rounded.unscaledValue().longValueExact(), -rounded.scale()) == size) {
        return scientificOrPlain(rounded);
      }
    }
    return "";
  }

  private static String scientificOrPlain(BigDecimal value) {
    String digits = value.unscaledValue().toString();
    int exponent = value.precision() - value.scale() - 1;
    if (exponent >= -5 && value.scale() > 0) {
      return value.toPlainString();
    }
    return digits.charAt(0)
        + "."
        + (digits.length() > 1 ? digits.substring(1) : "0")
        + String.format(Locale.ROOT, "e%+03d", exponent);
  }

  /** The distance to the nearer neighbour: half of what it is upwards if this is a power of two. */
  private static double gap(double size) {
    boolean powerOfTwo =
        (Double.doubleToRawLongBits(size) & 0xFFFFFFFFFFFFFL) == 0 && size > Double.MIN_NORMAL;
    return powerOfTwo ? Math.ulp(size) / 2 : Math.ulp(size);
  }

  /**
   * What SQLite before 3.43 makes of {@code digits * 10^exponent} if it has no wider type.
   *
   * @see <a href="https://sqlite.org/src/info?name=version-3.40.1&amp;ci=src/util.c">sqlite3AtoF
   *     and sqlite3Pow10 in src/util.c</a>
   */
  private static double readWithDoubles(long digits, int exponent) {
    long s = digits;
    int e = Math.abs(exponent);
    while (e > 0) {
      if (exponent > 0) {
        if (s >= LARGEST_TENTH) {
          break;
        }
        s *= 10;
      } else {
        if (s % 10 != 0) {
          break;
        }
        s /= 10;
      }
      e--;
    }
    if (e == 0) {
      return s;
    }
    if (e <= 307) {
      return exponent < 0 ? s / power(e) : s * power(e);
    }
    if (e >= 342) {
      return exponent < 0 ? 0 : Double.POSITIVE_INFINITY;
    }
    double scale = power(e - 308);
    return exponent < 0 ? s / scale / 1e308 : s * scale * 1e308;
  }

  private static double power(int exponent) {
    double x = 10;
    double r = 1;
    for (int e = exponent; ; x *= x) {
      if ((e & 1) != 0) {
        r *= x;
      }
      e >>= 1;
      if (e == 0) {
        return r;
      }
    }
  }

  /** An odd integer and powers of two. */
  private static String exact(double size) {
    long bits = Double.doubleToRawLongBits(size);
    int biased = (int) (bits >>> 52);
    long fraction = bits & 0xFFFFFFFFFFFFFL;
    long odd = biased == 0 ? fraction : fraction | 1L << 52;
    int exponent = Math.max(biased, 1) - 1075;
    int zeros = Long.numberOfTrailingZeros(odd);
    odd >>= zeros;
    exponent += zeros;
    StringBuilder text = new StringBuilder().append(odd).append(".0");
    char operator = exponent < 0 ? '/' : '*';
    int left = Math.abs(exponent);
    for (; left > CHUNK_BITS; left -= CHUNK_BITS) {
      text.append(operator).append(CHUNK);
    }
    return text.append(operator).append(1L << left).toString();
  }
}
