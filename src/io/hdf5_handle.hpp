// Identifiers of the HDF5 library that close themselves, and its errors as exceptions. For builds with HDF5.
#pragma once

#ifdef ORGANICS_HAS_HDF5

#include <hdf5.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace organics::io::hdf5 {

/// Throws where a call of the library failed.
template <class Result>
Result check(Result result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string("HDF5: cannot ") + what);
  return result;
}

/// What fails is thrown, and not printed as well.
inline void keep_quiet() { check(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "keep quiet"); }

/// An identifier of the library that is closed at its end.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const char* what) : id_(check(id, what)), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;

  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): as natural as the identifier itself

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

inline Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a type of text");
  check(H5Tset_size(type, H5T_VARIABLE), "make a type of text");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "make a type of text");
  return type;
}

/// An attribute of one value.
inline void write_attribute(hid_t object, const std::string& name, hid_t type, const void* value) {
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, "make a shape");
  const Handle attribute(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         "create an attribute");
  check(H5Awrite(attribute, type, value), "write an attribute");
}

inline void write_attribute(hid_t object, const std::string& name, const std::string& value) {
  const char* text = value.c_str();
  write_attribute(object, name, text_type(), &text);
}

}  // namespace organics::io::hdf5

#endif
