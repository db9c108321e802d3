import CBLAS
import CKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who multiplies float32 matrices.
///
/// Where there is AVX-512 the kernels of CKernels do: they read weights of any orientation and of two bytes where they lie,
/// add bias, activation and residual in the same pass, and are faster on a few hundred rows (docs/PERFORMANCE-RUNTIME.md).
/// Elsewhere OpenBLAS multiplies all but a few rows.
enum ProductLibrary: Sendable, Hashable {
  /// The kernels of CKernels with vectors of so many bytes.
  case kernels(vectorBytes: Int)
  /// OpenBLAS.
  case openBLAS

  /// The widest vectors that this machine has kernels for.
  static let widestVectorBytes = Int(tfconv_vector_bytes())

  /// The best for this machine, or OpenBLAS if the environment says `TFCONV_PRODUCTS=openblas`.
  static let best: ProductLibrary = {
    let isOpenBLAS = getenv("TFCONV_PRODUCTS").map { String(cString: $0) } == "openblas"
    return widestVectorBytes >= 64 && !isOpenBLAS ? .kernels(vectorBytes: widestVectorBytes) : .openBLAS
  }()

  /// The width of the vectors for what OpenBLAS does not do.
  var vectorBytes: Int32 {
    switch self {
    case .kernels(let bytes): Int32(bytes)
    case .openBLAS: Int32(ProductLibrary.widestVectorBytes)
    }
  }

  /// Makes the library ready.
  ///
  /// - Parameter threads: how many threads OpenBLAS may use; it has one such setting for the process.
  /// - Throws: `RuntimeError.libraryUnavailable` if OpenBLAS is needed and cannot be loaded.
  func load(threads: Int) throws(RuntimeError) {
    guard self == .openBLAS else { return }
    if let reason = tfconv_blas_load() { throw RuntimeError.libraryUnavailable(String(cString: reason)) }
    tfconv_blas_set_threads(Int32(clamping: threads))
  }
}
